use asyncgen::{AsyncGenerator, IntoStreamExt, generator};

fn sums() -> impl AsyncGenerator<Yield = u32, Sent = u32, Error = String> {
    generator!(|y| {
        let mut sum = 0;
        loop {
            sum += y.yield_(sum).await;
        }
    })
}

fn main() {
    let _stream = sums().into_try_stream();
}
