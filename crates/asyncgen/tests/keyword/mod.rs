//! What the tests of the keyword form share.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::cell::RefCell;
use std::fmt::Display;
use std::future::poll_fn;
use std::task::Poll;

/// What happened, in order.
#[derive(Default)]
pub(crate) struct Log(RefCell<Vec<String>>);

impl Log {
    pub(crate) fn add(&self, event: impl Display) {
        self.0.borrow_mut().push(event.to_string());
    }

    /// All events since the last time.
    pub(crate) fn take(&self) -> String {
        self.0.take().join(" ")
    }
}

/// Says when it is dropped.
pub(crate) struct Noisy<'l>(pub(crate) &'l Log, pub(crate) &'static str);

impl Drop for Noisy<'_> {
    fn drop(&mut self) {
        self.0.add(self.1);
    }
}

/// Pending once.
pub(crate) async fn tick() {
    let mut pending = true;
    poll_fn(|cx| {
        if std::mem::take(&mut pending) {
            cx.waker().wake_by_ref();
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

/// Never ready.
pub(crate) async fn forever() {
    std::future::pending::<()>().await;
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    async_io::block_on(future)
}
