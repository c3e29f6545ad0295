//! Expected: at the use of the variable: the macro's call is in an `async` block. (With braces, it is left as it is.)

use asyncgen::{AsyncGenerator, async_gen};

macro_rules! defines {
    ($name:ident, $value:expr) => {
        let $name = $value;
    };
}

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            defines!(one, 1);
            yield one;
        } finally {
        }
    }
}

fn main() {
    let _ = g();
}
