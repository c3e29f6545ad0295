//! Expected: at the macro: its call is in an `async` block, as an expression. (With braces, it is left as it is.)

use asyncgen::{AsyncGenerator, async_gen};

macro_rules! says {
    ($text:expr) => {
        println!("{}", $text);
    };
}

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            says!("one");
            yield 1;
        } finally {
        }
    }
}

fn main() {
    let _ = g();
}
