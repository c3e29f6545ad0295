//! The other end.

use tokio::sync::oneshot;

/// Runs the other end on a thread of its own, to the end of the program, and waits until it is ready.
pub async fn elsewhere<F>(end: impl FnOnce(oneshot::Sender<()>) -> F + Send + 'static)
where
    F: Future<Output = ()>,
{
    let (ready, is_ready) = oneshot::channel();
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(end(ready));
    });
    is_ready.await.unwrap();
}
