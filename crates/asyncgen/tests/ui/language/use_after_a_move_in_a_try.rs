//! Expected: at the use: borrow of moved value `name`, with the move in the `try` named; as in any other block.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        let name = String::from("name");
        try {
            drop(name);
            yield 1;
        } catch _ {}
        yield name.len() as u32;
    }
}

fn main() {
    let _ = g();
}
