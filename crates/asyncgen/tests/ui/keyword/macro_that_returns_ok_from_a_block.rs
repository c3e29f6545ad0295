use asyncgen::{AsyncGenerator, async_gen};
use futures::stream::iter;

// A block that gets to see exceptions is an `async` block of its own, which this would leave, and not the body.
macro_rules! done {
    () => {
        return ::core::result::Result::Ok(())
    };
}

fn in_for_await() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        for await x in iter(0..5) {
            if x == 2 {
                done!();
            }
            yield x;
        }
        yield 99;
    }
}

fn in_try() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        try {
            if true {
                done!();
            }
            yield 1;
        } catch _ {}
        yield 99;
    }
}

fn in_try_alone() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        let _ = try {
            if true {
                done!();
            }
            yield 1;
        };
        yield 99;
    }
}

fn in_finally() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        try {
            yield 1;
        } finally {
            if true {
                done!();
            }
            yield 2;
        }
        yield 99;
    }
}

fn main() {
    in_for_await();
    in_try();
    in_try_alone();
    in_finally();
}
