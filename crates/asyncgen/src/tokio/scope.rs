//! A future, and the clean-up of what it abandons.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::boxed::Box;
use std::panic::resume_unwind;
use std::sync::Arc;

use ::tokio::runtime::Handle;
use ::tokio::time::{Sleep, sleep};
use pin_project_lite::pin_project;

use super::home::{ForWholeRuntime, ScopeFinalizer, scope_of};
use super::registry::{Registry, Surroundings};
use super::report::Report;
use crate::hooks::{self, Finalizer, While, without_panic};

/// Runs `future`, then waits until every generator that was dropped before its end in it is closed; gives what the
/// future returned, and a [`Report`]. Python's `loop.shutdown_asyncgens`, for a part of a program.
///
/// A generator belongs to the scope in which it makes its first step, wherever it is dropped: to the innermost scope
/// that the step's code is awaited in. A task that was spawned is not awaited in its spawner's scope; there are two
/// ways to make its generators belong to it:
///
/// - [`hooks::inherit`](crate::hooks::inherit) around the task's future, for one task;
/// - [`whole_runtime`](Scope::whole_runtime), for all tasks of the runtime that are in no other scope. This is for
///   `main`, and for servers, whose tasks are spawned by a framework.
///
/// Generators that the clean-up itself abandons are waited for as well. A scope around this one waits for all that
/// this one does not wait for any more: because of a time limit, or because it was dropped.
///
/// Tasks that still run keep their generators: end them first. The report tells how many are [`held`](Report::held).
///
/// # Panics
///
/// If `future` panics, the clean-up is waited for first, then the panic goes on. The report is added to that of the scope
/// around; if there is none, its errors and panics are told to the hook for what is
/// [`Unraisable`](crate::hooks::Unraisable).
///
/// ```
/// use asyncgen::{generator, AsyncGeneratorExt, OwnedExt, Yielder};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (value, report) = asyncgen::tokio::scope(async {
///     let mut numbers = generator!(|y: Yielder<'_, u32, (), String>| {
///         y.finally(
///             async |mut y| { y.yield_(1).await; Ok(()) },
///             async |_| { tokio::task::yield_now().await; Err("no connection".to_owned()) },
///         ).await
///     }).boxed();
///     numbers.anext().await
/// })
/// .await;
/// assert_eq!(value, Ok(1));
/// assert_eq!((report.closed, report.errors.len()), (0, 1));
/// assert_eq!(report.errors[0].raised::<String>().unwrap(), "no connection");
/// # }
/// ```
pub fn scope<F: Future>(future: F) -> Scope<F> {
    let registry = Arc::<Registry>::default();
    Scope {
        abandoned: Abandoned(registry.clone()),
        future: Some(future),
        outcome: None,
        registry,
        whole_runtime: WholeRuntime::No,
        limit: None,
        sleep: None,
    }
}

pin_project! {
    /// The future of [`scope`].
    ///
    /// If it is dropped, the clean-up that is running goes on. A scope around this one waits for it, and its report is
    /// added to by this one's.
    #[must_use = "futures do nothing unless polled"]
    pub struct Scope<F: Future> {
        // Dropped before the future, so that what that one abandons belongs to the scope around.
        abandoned: Abandoned,
        #[pin]
        future: Option<F>,
        outcome: Option<std::thread::Result<F::Output>>,
        registry: Arc<Registry>,
        whole_runtime: WholeRuntime,
        limit: Option<Duration>,
        sleep: Option<Pin<Box<Sleep>>>,
    }
}

/// Is the scope for all of the runtime's tasks?
enum WholeRuntime {
    No,
    FromTheFirstPoll,
    Yes { _registration: ForWholeRuntime },
}

impl<F: Future> Scope<F> {
    /// Waits for the clean-up no longer than this, counted from the future's end. What has not ended by then is in
    /// [`Report::unfinished`], and goes on.
    ///
    /// Without it, the scope waits for as long as it takes.
    ///
    /// # Panics
    ///
    /// When it has to wait on a runtime that was built without timers (`Builder::enable_time`).
    ///
    /// ```
    /// use std::time::Duration;
    /// use asyncgen::{generator, AsyncGeneratorExt, OwnedExt, Yielder};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let ((), report) = asyncgen::tokio::scope(async {
    ///     let mut numbers = generator!(|y: Yielder<'_, u32>| {
    ///         y.finally(async |mut y| { y.yield_(1).await; Ok(()) }, async |_| std::future::pending().await).await
    ///     }).boxed();
    ///     numbers.anext().await.unwrap();
    /// })
    /// .limit(Duration::from_millis(10))
    /// .await;
    /// assert_eq!(report.unfinished.len(), 1);
    /// assert_eq!(report.unfinished[0].created().file(), file!());
    /// # }
    /// ```
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Takes in all generators that make their first step on this runtime in no other scope and with no other
    /// finalizer set, whichever task they are in, from the scope's first poll until it is ready. Of several such scopes
    /// on a runtime, it is the newest.
    ///
    /// ```
    /// use asyncgen::{generator, AsyncGeneratorExt, OwnedExt, Yielder};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let ((), report) = asyncgen::tokio::scope(async {
    ///     let task = tokio::spawn(async {
    ///         let mut numbers = generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }).boxed();
    ///         numbers.anext().await.unwrap();
    ///     });
    ///     task.await.unwrap();
    /// })
    /// .whole_runtime()
    /// .await;
    /// assert_eq!(report.closed, 1);
    /// # }
    /// ```
    pub fn whole_runtime(mut self) -> Self {
        self.whole_runtime = WholeRuntime::FromTheFirstPoll;
        self
    }

    /// Runs the scope, and takes in generators that can't leave their thread as well
    /// ([`boxed_local`](crate::OwnedExt::boxed_local)). It is a [`LocalSet`](::tokio::task::LocalSet) too, so that
    /// `spawn_local` works in it.
    ///
    /// A time limit aborts those among the stragglers that can't leave the thread. They are not counted in
    /// [`Report::held`].
    ///
    /// ```
    /// use std::rc::Rc;
    /// use asyncgen::{generator, AsyncGeneratorExt, OwnedExt, Yielder};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let not_send = Rc::new(1);
    /// let ((), report) = asyncgen::tokio::scope(async {
    ///     let mut numbers = generator!(|y: Yielder<'_, u32>| { y.yield_(*not_send).await; }).boxed_local();
    ///     numbers.anext().await.unwrap();
    /// })
    /// .local()
    /// .await;
    /// assert_eq!(report.closed, 1);
    /// # }
    /// ```
    pub async fn local(self) -> (F::Output, Report) {
        super::local::run(self.registry.clone(), self).await
    }
}

impl Registry {
    /// Finds out, at the first poll, where the scope is.
    pub(super) fn enter(&self) -> &Surroundings {
        self.surroundings.get_or_init(|| {
            let runtime = Handle::try_current().ok();
            let outer = match hooks::get().finalizer {
                Some(finalizer) => finalizer.as_scope().map(|scope| scope.registry().clone()),
                None => runtime.as_ref().and_then(scope_of),
            };
            Surroundings::new(outer, runtime)
        })
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = (F::Output, Report);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let runtime = &this.registry.enter().runtime;
        if let (WholeRuntime::FromTheFirstPoll, Some(runtime)) = (&this.whole_runtime, runtime) {
            let registration = ForWholeRuntime::new(runtime, this.registry.clone());
            *this.whole_runtime = WholeRuntime::Yes { _registration: registration };
        }

        if let Some(future) = this.future.as_mut().as_pin_mut() {
            let finalizer = Finalizer::scope(ScopeFinalizer::of(this.registry.clone()));
            let _while = While::changed(|hooks| hooks.finalizer = Some(finalizer));
            let outcome = match without_panic(|| future.poll(cx)) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(value)) => Ok(value),
                Err(panic) => Err(panic),
            };
            let dropped = without_panic(|| this.future.set(None));
            *this.outcome = Some(dropped.and(outcome));
        }

        if this.outcome.is_none() {
            return Poll::Pending;
        }
        let report = if let Some(report) = this.registry.finish_if_idle(cx.waker()) {
            report
        } else {
            let Some(limit) = *this.limit else { return Poll::Pending };
            let sleep = this.sleep.get_or_insert_with(|| Box::pin(sleep(limit)));
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            this.registry.finish(matches!(this.outcome, Some(Ok(_))))
        };
        *this.whole_runtime = WholeRuntime::No;
        match this.outcome.take() {
            Some(Ok(value)) => Poll::Ready((value, report)),
            Some(Err(panic)) => {
                this.registry.pass_on(report);
                resume_unwind(panic)
            }
            None => Poll::Pending,
        }
    }
}

/// A scope that nobody waits for any more.
struct Abandoned(Arc<Registry>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        let report = self.0.finish(false);
        self.0.pass_on(report);
    }
}

impl<F: Future> fmt::Debug for Scope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("limit", &self.limit).finish_non_exhaustive()
    }
}
