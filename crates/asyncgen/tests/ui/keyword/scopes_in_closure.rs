use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        let first = || {
            try { 1 } finally {}
        };
        let second = async {
            for await n in futures::stream::iter([1]) {}
        };
        let third = |n: u32| raise!("third".to_owned());
        let fourth = || async { yield from rows() };
        let fifth = || println!("{}", yield 1);
    }
}

fn main() {
    rows();
}
