//! `async_gen!` takes a macro of this name for one that evaluates its arguments in place.
use std::convert::Infallible;
use std::thread;

use asyncgen::{AsyncGenerator, async_gen};
use futures::executor::block_on;

macro_rules! join {
    ($a:expr) => {
        thread::spawn(move || {
            block_on(async move {
                $a;
            })
        })
    };
}

fn generator() -> impl AsyncGenerator<Yield = String, Sent = (), Error = Infallible> {
    async_gen! {
        join!(yield String::from("x"));
    }
}

fn main() {
    let _ = generator();
}
