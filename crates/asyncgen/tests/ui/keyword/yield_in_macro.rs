use asyncgen::{AsyncGenerator, async_gen};

macro_rules! later {
    ($value:expr) => {
        async { $value }
    };
}

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        let later = later!(1 + yield 1);
        later.await;
    }
}

fn main() {
    rows();
}
