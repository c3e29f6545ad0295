//! A scope for generators that can't leave their thread.

use core::future::poll_fn;
use core::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use ::tokio::task::LocalSet;

use super::closing::ClosingTask;
use super::home::ScopeFinalizer;
use super::registry::{Registry, Ticket};
use crate::hooks::{Finalizer, LocalFinalizer, LocalUnfinished, While};

/// Runs the scope whose books are `registry`. What it abandons on this thread is closed by tasks of its own.
pub(super) async fn run<F: Future>(registry: Arc<Registry>, scope: F) -> F::Output {
    let tasks = Rc::new(LocalSet::new());
    let local_finalizer = LocalFinalizer::new({
        // The tasks may own generators, which have the finalizer.
        let tasks = Rc::downgrade(&tasks);
        let registry = registry.clone();
        move |unfinished: LocalUnfinished| {
            let Some(tasks) = tasks.upgrade() else { return };
            let ticket = Ticket::new(Some(registry.clone()), unfinished.created());
            let stub = ticket.stub();
            let task = tasks.spawn_local(ClosingTask::new(unfinished.close(), ticket));
            stub.task(&task.abort_handle());
        }
    });
    let mut running = pin!(tasks.run_until(scope));
    poll_fn(|cx| {
        registry.enter();
        let finalizer = Finalizer::scope(ScopeFinalizer::of(registry.clone()));
        let _while = While::changed(|hooks| {
            hooks.finalizer = Some(finalizer);
            hooks.local_finalizer = Some(local_finalizer.clone());
        });
        running.as_mut().poll(cx)
    })
    .await
}
