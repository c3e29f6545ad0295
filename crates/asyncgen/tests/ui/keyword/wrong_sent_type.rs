use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = Option<u64>, Error = String> {
    async_gen! {
        type Sent = Option<u64>;
        let sent: String = yield 1;
        drop(sent);
    }
}

fn inferred() -> impl AsyncGenerator<Yield = u32, Sent = Option<u64>, Error = String> {
    async_gen! {
        let sent: String = yield 1;
        drop(sent);
    }
}

fn main() {
    rows();
    inferred();
}
