//! The tokio runtime in whose context bodies are polled, so that their timers and sockets work.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};

/// Counts the forks that this process is away from the first one: threads do not survive a fork, and a runtime without
/// its threads would wait for ever.
static GENERATION: AtomicUsize = AtomicUsize::new(0);

static SHARED: Mutex<Option<Shared>> = Mutex::new(None);

struct Shared {
    made_in: usize,
    handle: Handle,
    /// Taken by [`shut_down`], and never dropped: a fork has no threads to wait for.
    runtime: Option<ManuallyDrop<Runtime>>,
}

thread_local! {
    /// Of which generation the runtime is whose context this thread is in for good.
    static ENTERED: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The runtime that all generators of this process share. It is made when it is first needed.
///
/// ```ignore
/// // Outside of a body, where `tokio::spawn` finds no runtime by itself.
/// let task = runtime(py)?.spawn(async { fetch().await });
/// ```
///
/// # Errors
///
/// `OSError` if the operating system gives it no threads.
pub fn runtime(py: Python<'_>) -> PyResult<Handle> {
    let generation = GENERATION.load(Ordering::Acquire);
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shared) = &*shared
        && shared.made_in == generation
    {
        return Ok(shared.handle.clone());
    }
    let first = shared.is_none();
    crate::gate::open(py)?;
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .thread_name("asyncgen-python")
        .build()
        .map_err(|error| PyOSError::new_err(format!("can't start the threads of the tokio runtime: {error}")))?;
    let handle = runtime.handle().clone();
    *shared = Some(Shared { made_in: generation, handle: handle.clone(), runtime: Some(ManuallyDrop::new(runtime)) });
    drop(shared);
    if first {
        renew_after_fork(py)?;
    }
    Ok(handle)
}

/// Ends the tasks on the shared runtime, as the interpreter is about to shut down: what they do with it is done by then.
/// Whatever can't be ended in a second is left to the end of the process.
pub(crate) fn shut_down() {
    let runtime = match &mut *SHARED.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(shared) if shared.made_in == GENERATION.load(Ordering::Acquire) => shared.runtime.take(),
        _ => None,
    };
    if let Some(runtime) = runtime {
        ManuallyDrop::into_inner(runtime).shutdown_timeout(Duration::from_secs(1));
    }
}

/// Puts this thread into the context of the shared runtime, for good, so that it costs nothing later. A thread that is
/// in one's context already stays in that.
pub(crate) fn enter(py: Python<'_>) -> PyResult<()> {
    let generation = GENERATION.load(Ordering::Acquire);
    if ENTERED.get() == generation {
        return Ok(());
    }
    let forked = ENTERED.get() != usize::MAX;
    if forked || Handle::try_current().is_err() {
        let handle = runtime(py)?;
        // Not dropped when the thread ends: tokio's own thread-locals may be gone by then.
        std::mem::forget(handle.enter());
        ENTERED.set(generation);
    }
    Ok(())
}

#[pyfunction]
fn forked() {
    GENERATION.fetch_add(1, Ordering::Release);
}

fn renew_after_fork(py: Python<'_>) -> PyResult<()> {
    let os = py.import("os")?;
    if os.hasattr("register_at_fork")? {
        let arguments = pyo3::types::PyDict::new(py);
        arguments.set_item("after_in_child", wrap_pyfunction!(forked, py)?)?;
        os.call_method("register_at_fork", (), Some(&arguments))?;
    }
    Ok(())
}
