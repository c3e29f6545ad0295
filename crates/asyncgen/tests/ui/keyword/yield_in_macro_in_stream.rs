// As with async-stream, a stream's `yield` may be in the arguments of any macro; it is the compiler who refuses.
use asyncgen::stream;

macro_rules! later {
    ($value:expr) => {
        async { $value }
    };
}

fn main() {
    let _ = stream! {
        let later = later!(yield 1);
        yield 2;
        later.await;
    };
}
