//! Where a generator is closed that made its first step on a runtime.

use std::sync::{Arc, Mutex, PoisonError};
use std::vec::Vec;

use ::tokio::runtime::{Handle, Id};

use super::closing::ClosingTask;
use super::registry::{Held, Outcome, Registry, Ticket};
use super::report::Aborted;
use crate::hooks::Unfinished;

/// The runtime on which a generator made its first step, and the scope that waits for its clean-up.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct Home {
    /// None, in a scope outside of every runtime.
    runtime: Option<Handle>,
    scope: Option<Held>,
}

impl Home {
    /// For a generator that makes its first step now, outside of all scopes: on this thread's runtime, if it has one.
    pub(crate) fn of_this_runtime() -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        let scope = scope_of(&runtime).map(Held::new);
        Some(Self { runtime: Some(runtime), scope })
    }

    /// Closes `unfinished` in a task. Without a runtime, it is dropped, and its scope says so.
    pub(crate) fn spawn(self, unfinished: Unfinished) {
        let scope = self.scope.as_ref().map(|held| held.scope().clone());
        let ticket = Ticket::new(scope, unfinished.created());
        let stub = ticket.stub();
        // It is counted as handed over from here on, and no more as held.
        drop(self.scope);
        let Some(runtime) = self.runtime.or_else(|| Handle::try_current().ok()) else {
            drop(unfinished);
            let created = ticket.created();
            return ticket.settle(Outcome::Aborted(Aborted { created }));
        };
        let task = runtime.spawn(ClosingTask::new(unfinished.close(), ticket));
        stub.task(&task.abort_handle());
    }
}

/// The finalizer of the generators that make their first step in a scope.
#[doc(hidden)]
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct ScopeFinalizer {
    scope: Arc<Registry>,
}

impl ScopeFinalizer {
    pub(super) fn of(scope: Arc<Registry>) -> Self {
        Self { scope }
    }

    pub(super) fn registry(&self) -> &Arc<Registry> {
        &self.scope
    }

    /// For a generator that makes its first step now: on this thread's runtime, or, if it has none, on that of the
    /// scope.
    pub(crate) fn bind(self) -> Home {
        let runtime = Handle::try_current().ok().or_else(|| self.scope.runtime().cloned());
        Home { runtime, scope: Some(Held::new(self.scope)) }
    }
}

/// The scopes that are for a whole runtime, the newest last.
static WHOLE_RUNTIME: Mutex<Vec<(Id, Arc<Registry>)>> = Mutex::new(Vec::new());

/// The scope of a whole runtime.
pub(super) fn scope_of(runtime: &Handle) -> Option<Arc<Registry>> {
    let id = runtime.id();
    let scopes = WHOLE_RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    scopes.iter().rev().find(|(of, _)| *of == id).map(|(_, scope)| scope.clone())
}

/// Makes a scope that of a whole runtime while this lives.
pub(super) struct ForWholeRuntime(Arc<Registry>);

impl ForWholeRuntime {
    pub(super) fn new(runtime: &Handle, scope: Arc<Registry>) -> Self {
        let entry = (runtime.id(), scope.clone());
        WHOLE_RUNTIME.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        Self(scope)
    }
}

impl Drop for ForWholeRuntime {
    fn drop(&mut self) {
        let mut scopes = WHOLE_RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
        scopes.retain(|(_, scope)| !Arc::ptr_eq(scope, &self.0));
    }
}
