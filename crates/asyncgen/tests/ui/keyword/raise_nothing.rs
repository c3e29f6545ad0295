use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try { yield 1; } catch _ { raise!() }
    }
}

fn main() {
    rows();
}
