use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = usize, Sent = Option<String>, Error = String> {
    async_gen! {
        let sent = yield 0;
        yield sent.map_or(0, |sent| sent.len());
    }
}

fn main() {
    rows();
}
