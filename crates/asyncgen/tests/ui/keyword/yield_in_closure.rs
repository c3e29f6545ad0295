use asyncgen::{AsyncGenerator, async_gen};

fn rows(texts: Vec<String>) -> impl AsyncGenerator<Yield = String, Sent = (), Error = String> {
    async_gen! {
        texts.into_iter().for_each(|text| {
            yield text;
        });
    }
}

fn main() {
    rows(Vec::new());
}
