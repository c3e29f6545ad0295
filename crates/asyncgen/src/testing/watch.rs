//! What goes wrong in a run without anybody's being told, and what is dropped half-way in it.

use core::any::Any;
use core::cell::RefCell;
use std::rc::Rc;
use std::string::{String, ToString};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec::Vec;

use crate::hooks::{self, Finalizer, LocalFinalizer, LocalUnfinished, Unfinished, Unraisable};

type Reports = Arc<Mutex<Vec<String>>>;

std::thread_local! {
    /// The reports of the run that is being polled on this thread.
    static WATCHED: RefCell<Option<Reports>> = const { RefCell::new(None) };
}

/// Takes a report, if a run is being polled on this thread.
pub(crate) fn notice(what: &Unraisable<'_>) -> bool {
    let reports = WATCHED.try_with(|watched| watched.borrow().clone()).ok().flatten();
    let Some(reports) = reports else { return false };
    reports.lock().unwrap_or_else(PoisonError::into_inner).push(what.to_string());
    true
}

/// What a panic said.
pub(super) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "(no text)".to_string())
}

/// What the runs of one test have in common.
pub(super) struct Watch {
    reports: Reports,
    finalizer: Finalizer,
    unfinished: Arc<Mutex<Vec<Unfinished>>>,
    local_finalizer: LocalFinalizer,
    local_unfinished: Rc<RefCell<Vec<LocalUnfinished>>>,
}

impl Watch {
    pub(super) fn new() -> Self {
        let unfinished = Arc::<Mutex<Vec<Unfinished>>>::default();
        let local_unfinished = Rc::<RefCell<Vec<LocalUnfinished>>>::default();
        let (to, local_to) = (unfinished.clone(), local_unfinished.clone());
        Self {
            reports: Reports::default(),
            finalizer: Finalizer::new(move |generator| {
                to.lock().unwrap_or_else(PoisonError::into_inner).push(generator);
            }),
            unfinished,
            local_finalizer: LocalFinalizer::new(move |generator| local_to.borrow_mut().push(generator)),
            local_unfinished,
        }
    }

    /// Calls `f`, which runs a part of a generator: what is dropped half-way there comes here, and what can't be told to
    /// anybody else. The error is what a panic said.
    pub(super) fn within<T>(&self, f: impl FnOnce() -> T) -> Result<T, String> {
        struct Restore(Option<Reports>);
        impl Drop for Restore {
            fn drop(&mut self) {
                let _ = WATCHED.try_with(|watched| watched.replace(self.0.take()));
            }
        }
        let _hooks = hooks::While::changed(|hooks| {
            hooks.finalizer = Some(self.finalizer.clone());
            hooks.local_finalizer = Some(self.local_finalizer.clone());
        });
        let _watched = Restore(WATCHED.with(|watched| watched.replace(Some(self.reports.clone()))));
        hooks::without_panic(f).map_err(|panic| message(&*panic))
    }

    /// A generator that was dropped half-way.
    pub(super) fn take_unfinished(&self) -> Option<Unfinished> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(super) fn take_local_unfinished(&self) -> Option<LocalUnfinished> {
        self.local_unfinished.borrow_mut().pop()
    }

    /// Drops what is left of a run that has failed, without a report.
    pub(super) fn forget<T>(&self, generator: T) {
        let _panicked = self.within(|| drop(generator));
        let _panicked =
            self.within(|| while self.take_local_unfinished().is_some() || self.take_unfinished().is_some() {});
        self.take_reports();
    }

    pub(super) fn take_reports(&self) -> Vec<String> {
        core::mem::take(&mut self.reports.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
