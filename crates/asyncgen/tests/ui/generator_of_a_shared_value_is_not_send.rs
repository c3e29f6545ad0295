use std::rc::Rc;

use asyncgen::{Yielder, generator};

fn spawn(_: impl Send) {}

fn main() {
    spawn(generator!(|y: Yielder<'_, u32>| {
        let shared = Rc::new(1);
        y.yield_(*shared).await;
    }));
}
