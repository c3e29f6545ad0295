//! Hooks that go along with a future, wherever it is polled.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Finalizer, FirstIter, While, get};

/// `future`, run with the hooks that this thread has now.
///
/// Hooks are set per thread, so that a task which is spawned does not have those of the task that spawned it. With
/// this, it has. (The local finalizer stays behind: it can't leave its thread.)
///
/// ```
/// use std::{sync::mpsc, thread};
/// use asyncgen::{generator, hooks, AsyncGeneratorExt, OwnedExt, Yielder};
/// use asyncgen::hooks::{Finalizer, Hooks};
///
/// let (sender, abandoned) = mpsc::channel();
/// let finalizer = Finalizer::new(move |generator| sender.send(generator).unwrap());
/// let before = hooks::set(Hooks { finalizer: Some(finalizer), ..hooks::get() });
///
/// let task = hooks::inherit(async {
///     let mut numbers = generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }).boxed();
///     numbers.anext().await.unwrap();
/// });
/// thread::spawn(|| async_io::block_on(task)).join().unwrap();
/// assert!(async_io::block_on(abandoned.recv().unwrap().close()).is_ok());
/// # hooks::set(before);
/// ```
pub fn inherit<F: Future>(future: F) -> Inherit<F> {
    let hooks = get();
    Inherit { future, first_iter: hooks.first_iter, finalizer: hooks.finalizer }
}

pin_project! {
    /// The future of [`inherit`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Inherit<F> {
        #[pin]
        future: F,
        first_iter: Option<FirstIter>,
        finalizer: Option<Finalizer>,
    }
}

impl<F: Future> Future for Inherit<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _while = While::changed(|hooks| {
            hooks.first_iter.clone_from(this.first_iter);
            hooks.finalizer.clone_from(this.finalizer);
        });
        this.future.poll(cx)
    }
}

impl<F> fmt::Debug for Inherit<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherit").finish_non_exhaustive()
    }
}
