//! What the tests share: polling by hand, awaits that are released by hand, a log, and drop counters.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Debug;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// Polls `future` once, with a waker that does nothing.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The result of a future that must be ready at its first poll.
#[track_caller]
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is pending, and should be ready at its first poll"),
    }
}

/// Polls a future once, which must be pending then, and drops it.
#[track_caller]
pub(crate) fn drop_half_way<F: Future>(future: F)
where
    F::Output: Debug,
{
    if let Poll::Ready(output) = poll(pin!(future)) {
        panic!("the future should be pending at its first poll, but ended with {output:?}");
    }
}

/// Leaks a generator. Its address is kept, so that leak checkers see that it is meant.
pub(crate) fn leak<T: ?Sized>(generator: Pin<Box<T>>) {
    static LEAKED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    LEAKED.lock().unwrap().push(std::ptr::from_ref(&*generator).cast::<()>() as usize);
    std::mem::forget(generator);
}

/// An await that stays pending until it is opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    open: Arc<AtomicBool>,
}

impl Gate {
    pub(crate) fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    pub(crate) fn shut(&self) {
        self.open.store(false, Ordering::SeqCst);
    }

    pub(crate) async fn pass(&self) {
        poll_fn(|_| if self.open.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

/// An await that never ends.
pub(crate) async fn never() -> ! {
    match pending::<Infallible>().await {}
}

/// An await that is pending at `n` polls, and then ready.
pub(crate) async fn pending_for(mut n: u32) {
    poll_fn(|_| {
        if n == 0 {
            return Poll::Ready(());
        }
        n -= 1;
        Poll::Pending
    })
    .await;
}

/// What happened, in order.
#[derive(Debug, Default)]
pub(crate) struct Log(RefCell<Vec<&'static str>>);

impl Log {
    pub(crate) fn add(&self, event: &'static str) {
        self.0.borrow_mut().push(event);
    }

    /// What happened since the last call.
    pub(crate) fn take(&self) -> Vec<&'static str> {
        self.0.take()
    }

    /// Adds `event` when it is dropped.
    pub(crate) fn on_drop(&self, event: &'static str) -> impl Drop {
        struct OnDrop<'l>(&'l Log, &'static str);
        impl Drop for OnDrop<'_> {
            fn drop(&mut self) {
                self.0.add(self.1);
            }
        }
        OnDrop(self, event)
    }
}

/// Counts how often each of the values that it made was dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Mutex<Vec<(&'static str, u32)>>>);

/// A value that a [`Tally`] made.
#[derive(Debug)]
pub(crate) struct Counted {
    tally: Tally,
    // On the heap, so that a sanitizer sees a second drop, and a missing one.
    index: Box<usize>,
}

impl Tally {
    pub(crate) fn make(&self, name: &'static str) -> Counted {
        let mut entries = self.0.lock().unwrap();
        entries.push((name, 0));
        Counted { tally: self.clone(), index: Box::new(entries.len() - 1) }
    }

    /// How many values were made.
    pub(crate) fn made(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// How often the value was dropped that was dropped most often.
    pub(crate) fn most_drops(&self) -> u32 {
        self.0.lock().unwrap().iter().map(|(_, drops)| *drops).max().unwrap_or(0)
    }

    /// The names of the values that were not dropped yet.
    pub(crate) fn alive(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().iter().filter(|(_, drops)| *drops == 0).map(|(name, _)| *name).collect()
    }

    /// Every value was dropped exactly once.
    #[track_caller]
    pub(crate) fn check(&self, situation: &str) {
        let entries = self.0.lock().unwrap();
        assert!(!entries.is_empty(), "{situation}: the test made no values");
        for (name, drops) in &*entries {
            assert_eq!(*drops, 1, "{situation}: `{name}` was dropped {drops} times");
        }
    }
}

impl Counted {
    pub(crate) fn name(&self) -> &'static str {
        self.tally.0.lock().unwrap()[*self.index].0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // Never panics: a destructor's panic would hide the test's own.
        if let Ok(mut entries) = self.tally.0.lock() {
            entries[*self.index].1 += 1;
        }
    }
}

impl asyncgen::SentValue for Counted {}
