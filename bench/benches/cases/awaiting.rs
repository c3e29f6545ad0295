//! What a body awaits between its yields.

use std::hint::black_box;

use tokio::sync::mpsc;

use super::ITEMS;
use super::consume::{exhaust, in_a_task, runtime};
use crate::peers::Peer;

/// Something that is ready.
pub fn ready<P: Peer>() -> u64 {
    let stream = black_box(Box::pin(P::ready(black_box(ITEMS))));
    exhaust({ stream }.as_mut())
}

/// The scheduler.
pub fn pending<P: Peer>() -> u64 {
    in_a_task(P::pending(black_box(ITEMS)))
}

/// A channel of another task, which has room for one number.
pub fn channel<P: Peer>() -> u64 {
    let (sender, receiver) = mpsc::channel(1);
    let sending = async move {
        for number in 0..black_box(ITEMS) {
            sender.send(number).await.unwrap();
        }
    };
    runtime(|runtime| runtime.spawn(sending));
    in_a_task(P::received(receiver))
}
