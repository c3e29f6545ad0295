//! The time that a run may take: a thread that wakes the run when it is over.

use core::task::Waker;
use core::time::Duration;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

pub(super) struct Clock {
    state: Arc<Mutex<State>>,
    /// Dropped, it ends the thread.
    _running: Sender<()>,
}

#[derive(Default)]
struct State {
    limit: Duration,
    end: Option<Instant>,
    waker: Option<Waker>,
}

impl Clock {
    pub(super) fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (running, ended) = channel();
        let watched = state.clone();
        thread::spawn(move || {
            while ended.recv_timeout(Duration::from_millis(10)) == Err(RecvTimeoutError::Timeout) {
                let mut state = watched.lock().unwrap_or_else(PoisonError::into_inner);
                if state.end.is_some_and(|end| Instant::now() >= end) {
                    let waker = state.waker.take();
                    drop(state);
                    waker.into_iter().for_each(Waker::wake);
                }
            }
        });
        Self { state, _running: running }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run begins.
    pub(super) fn set(&self, limit: Duration) {
        let mut state = self.state();
        state.limit = limit;
        state.end = Some(Instant::now() + limit);
    }

    /// The limit, if it is over. Otherwise this is woken when it is.
    pub(super) fn is_over(&self, waker: &Waker) -> Option<Duration> {
        let mut state = self.state();
        state.waker = Some(waker.clone());
        state.end.is_some_and(|end| Instant::now() >= end).then_some(state.limit)
    }
}
