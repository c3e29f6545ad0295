//! Expected: at the second borrow: cannot borrow `names` as mutable, by its name.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        let mut names = vec![1];
        try {
            let first = &names[0];
            names.push(2);
            yield *first;
        } finally {
            yield 3;
        }
    }
}

fn main() {
    let _ = g();
}
