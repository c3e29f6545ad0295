//! Where a future waits: whoever keeps its waker says so by where it is called.

use core::task::{RawWaker, RawWakerVTable, Waker};
use std::backtrace::Backtrace;
use std::string::{String, ToString};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec::Vec;

/// A waker that remembers where it was kept last.
pub(super) struct Spy {
    waker: Waker,
    kept: Mutex<Option<Backtrace>>,
}

impl Spy {
    pub(super) fn new(waker: &Waker) -> Arc<Self> {
        Arc::new(Self { waker: waker.clone(), kept: Mutex::new(None) })
    }

    /// The waker to poll a future with.
    #[allow(unsafe_code, reason = "only by its table does a waker learn that it is cloned")]
    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        // SAFETY: the pointer is that of an `Arc` which the waker owns a count of; `Spy` is `Send` and `Sync`. The functions of
        // the table keep to that: see each.
        unsafe { Waker::from_raw(RawWaker::new(Arc::into_raw(self.clone()).cast(), &TABLE)) }
    }

    fn keep(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Backtrace::force_capture());
    }

    /// The lines of the user's that wait: the generator's own first, and the innermost last.
    pub(super) fn place(&self) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = users_lines(&kept.as_ref()?.to_string());
        lines.dedup();
        lines.reverse();
        (!lines.is_empty()).then(|| lines.join(", in it "))
    }
}

#[allow(unsafe_code, reason = "see `Spy::waker`")]
static TABLE: RawWakerVTable = {
    // SAFETY, of all four: the pointer is that of an `Arc<Spy>`, as only `Spy::waker` and `clone` make wakers with this table.
    unsafe fn clone(spy: *const ()) -> RawWaker {
        let spy = spy.cast::<Spy>();
        // SAFETY: the waker that is cloned has a count, so the `Arc` lives; the new one gets a count of its own.
        unsafe {
            (*spy).keep();
            Arc::increment_strong_count(spy);
        }
        RawWaker::new(spy.cast(), &TABLE)
    }
    unsafe fn wake(spy: *const ()) {
        // SAFETY: this takes the waker's count over.
        unsafe { Arc::from_raw(spy.cast::<Spy>()) }.waker.wake_by_ref();
    }
    unsafe fn wake_by_ref(spy: *const ()) {
        // SAFETY: the waker keeps its count, so the `Arc` lives.
        let spy = unsafe { &*spy.cast::<Spy>() };
        // A future that is to be polled again soon need not keep a waker.
        spy.keep();
        spy.waker.wake_by_ref();
    }
    unsafe fn drop(spy: *const ()) {
        // SAFETY: this takes the waker's count over.
        core::mem::drop(unsafe { Arc::from_raw(spy.cast::<Spy>()) });
    }
    RawWakerVTable::new(clone, wake, wake_by_ref, drop)
};

/// The lines in a backtrace that are neither of a library nor below `poll_watched`, innermost first.
fn users_lines(backtrace: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut function = "";
    for line in backtrace.lines() {
        let line = line.trim_start();
        if let Some(place) = line.strip_prefix("at ") {
            let is_library = place.starts_with("/rustc/")
                || place.contains("/library/")
                || place.contains("/.cargo/")
                || ["asyncgen::", "<asyncgen::"].iter().any(|own| function.starts_with(own));
            if !is_library {
                // (Without the column, which says less than it disturbs.)
                let place = place.rsplit_once(':').map_or(place, |(line, _column)| line);
                lines.push(place.strip_prefix("./").unwrap_or(place).to_string());
            }
        } else if let Some((_, name)) = line.split_once(": ") {
            function = name;
            if function.contains("poll_watched") {
                break;
            }
        }
    }
    lines
}
