use asyncgen::{AsyncGenerator, async_gen};

fn no_pattern() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try { yield 1; } catch { yield 2; }
    }
}

fn no_block() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try { yield 1; } catch error;
    }
}

fn wrong_order() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try { yield 1; } finally {} catch error {}
    }
}

fn twice() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try { yield 1; } finally {} finally {}
    }
}

fn otherwise() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try { yield 1; } catch error {} else {}
    }
}

fn as_in_python() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try { yield 1; } except error {}
    }
}

fn main() {
    as_in_python();
    no_pattern();
    no_block();
    wrong_order();
    twice();
    otherwise();
}
