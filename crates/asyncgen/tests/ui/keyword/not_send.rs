use std::rc::Rc;

use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> + Send {
    async_gen! {
        let shared = Rc::new(1);
        try {
            yield *shared;
        } finally {
            drop(shared);
        }
    }
}

fn main() {
    rows();
}
