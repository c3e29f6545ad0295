use asyncgen::stream;
use futures::Stream;

// A `?` that may leave the body of `stream!` makes its items `Result`s.
fn rows() -> impl Stream<Item = u32> {
    stream! {
        yield "1".parse::<u32>()?;
    }
}

fn main() {
    let _ = rows();
}
