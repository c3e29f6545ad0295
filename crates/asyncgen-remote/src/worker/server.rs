//! What `serve` returns.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::count::{Counters, Counts};

/// A worker that serves. Dropped, it goes on serving.
#[derive(Debug)]
pub struct Server {
    stop: watch::Sender<Option<Duration>>,
    task: JoinHandle<Report>,
    counters: Arc<Counters>,
}

impl Server {
    /// Serves in a task. What generators abandon belongs to a scope of its own, which is waited for at the end.
    pub(crate) fn spawn<F>(
        counters: Arc<Counters>,
        serve: impl FnOnce(watch::Receiver<Option<Duration>>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Report> + Send + 'static,
    {
        let (stop, stopping) = watch::channel(None);
        let task = tokio::spawn(async move {
            // What still runs when the limit is reached goes on, and is in the report.
            let scope = asyncgen::tokio::scope(serve(stopping)).limit(Duration::from_secs(1));
            let (mut report, scope) = scope.await;
            report.scope = scope;
            report
        });
        Self { stop, task, counters }
    }

    /// Takes no new sessions, tells those that there are, closes their generators, and waits for their clean-up: at most
    /// for `limit`. Each consumer's step ends with [`RemoteError::ShuttingDown`](crate::RemoteError::ShuttingDown).
    ///
    /// # Panics
    ///
    /// If the runtime is shut down meanwhile.
    ///
    /// ```
    /// use std::time::Duration;
    /// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, StepError, async_gen};
    /// use asyncgen_remote::RemoteError;
    ///
    /// # #[derive(Debug, serde::Serialize, serde::Deserialize)] struct Failed(String);
    /// # impl From<RemoteError> for Failed { fn from(error: RemoteError) -> Self { Self(error.to_string()) } }
    /// fn numbers(_: ()) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failed> {
    ///     async_gen! { loop { yield 1; } }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let (here, there) = tokio::io::duplex(1024);
    /// let server = asyncgen_remote::serve(there, numbers);
    /// let mut numbers = asyncgen_remote::open::<u32, (), Failed>(here, &());
    /// assert_eq!(numbers.anext().await.unwrap(), 1);
    ///
    /// let report = server.shutdown(Duration::from_secs(1)).await;
    /// assert!(report.is_clean() && report.closed == 1);
    /// let Err(StepError::Raised(Exception::Error(Failed(text)))) = numbers.anext().await else { panic!() };
    /// assert!(text.ends_with("is shutting down"), "{text}");
    /// # }
    /// ```
    pub async fn shutdown(self, limit: Duration) -> Report {
        self.stop.send_replace(Some(limit));
        self.task.await.expect("the server's task is neither aborted, nor panics")
    }

    /// Waits until the connection ends, and all clean-up has run. A server on NATS waits for ever.
    ///
    /// # Panics
    ///
    /// If the runtime is shut down meanwhile.
    ///
    /// ```
    /// # use asyncgen::{AsyncGenerator, async_gen};
    /// # fn numbers(_: ()) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> { async_gen! { yield 1; } }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let (here, there) = tokio::io::duplex(1024);
    /// let server = asyncgen_remote::serve(there, numbers);
    /// drop(here);
    /// assert!(server.ended().await.is_clean());
    /// # }
    /// ```
    pub async fn ended(self) -> Report {
        let Self { stop: _stop, task, .. } = self;
        task.await.expect("the server's task is neither aborted, nor panics")
    }

    /// How many sessions there are, and how those have ended that are no more.
    ///
    /// ```
    /// # use asyncgen::{AsyncGenerator, async_gen};
    /// # fn numbers(_: ()) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> { async_gen! { yield 1; } }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let (_here, there) = tokio::io::duplex(1024);
    /// assert_eq!(asyncgen_remote::serve(there, numbers).counts().opened, 0);
    /// # }
    /// ```
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counters.counts()
    }
}

/// What became of the generators of a [`Server`] that nobody wanted any more: their consumers were lost, or the server
/// was shut down.
///
/// ```
/// assert!(asyncgen_remote::Report::default().is_clean());
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// How many have run their clean-up to its end.
    pub closed: usize,
    /// What went wrong with the clean-up of others: the first hundred.
    pub failed: Vec<String>,
    /// How many more have failed.
    pub failed_besides: usize,
    /// How many did not end within the time limit. They, and what others have abandoned, are in `scope`.
    pub dropped: usize,
    /// What became of the generators that the sessions' bodies have abandoned.
    pub scope: asyncgen::tokio::Report,
}

impl Report {
    /// Has all clean-up run to its end, without an error?
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.dropped == 0 && self.scope.is_clean()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.failed.len() + self.failed_besides;
        write!(
            f,
            "{} sessions closed, {failed} failed, {} dropped; abandoned in them: {}",
            self.closed, self.dropped, self.scope
        )?;
        self.failed.iter().try_for_each(|error| write!(f, "\n{error}"))
    }
}
