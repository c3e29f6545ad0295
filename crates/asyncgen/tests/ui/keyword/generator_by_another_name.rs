//! Inside `stream!`, `async_gen!` by another name is a macro like any other: its `yield` is the stream's.
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::mpsc::Sender;

use asyncgen::{AsyncGenerator, async_gen as ag, stream};
use futures::Stream;

type Boxed = Pin<Box<dyn AsyncGenerator<Yield = String, Sent = (), Error = Infallible>>>;

fn outer(sender: Sender<Boxed>) -> impl Stream<Item = String> {
    stream! {
        sender.send(Box::pin(ag! { yield String::from("x"); })).unwrap();
    }
}

fn main() {
    let _ = outer;
}
