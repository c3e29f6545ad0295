//! The tokio runtime in whose context bodies are polled, so that their timers and sockets work.

use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};

use super::{gate, modules};

/// Counts the forks that this process is away from the first one: threads do not survive a fork, and a runtime without
/// its threads would wait for ever.
static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// Nothing of Python's is called, and the interpreter lock is not let go, while this is locked.
static SHARED: Mutex<Shared> = Mutex::new(Shared { source: Source::Default, made: None });

struct Shared {
    source: Source,
    made: Option<Made>,
}

/// Where the runtime comes from.
enum Source {
    Default,
    Builder(Box<Builder>),
    /// Somebody else's: it is not ended here, and can't be made again in a fork.
    Handle(Handle),
}

struct Made {
    generation: usize,
    handle: Handle,
    /// Taken by [`shut_down`], and never dropped: a fork has no threads to wait for.
    runtime: Option<ManuallyDrop<Runtime>>,
}

thread_local! {
    /// Of which generation the runtime is whose context this thread is in for good.
    static ENTERED: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn shared() -> MutexGuard<'static, Shared> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a runtime is not taken: see [`configure_runtime`] and [`use_runtime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeRefused {
    /// Generators run on another one already.
    AlreadyMade,
    /// Nobody would drive it: it has no threads of its own.
    NoThreads,
}

impl fmt::Display for RuntimeRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyMade => "the tokio runtime is in use already: choose it when the module is made",
            Self::NoThreads => {
                "a tokio runtime of the current thread has no threads that drive it: make a multi-thread one"
            }
        })
    }
}

impl std::error::Error for RuntimeRefused {}

impl From<RuntimeRefused> for PyErr {
    fn from(refused: RuntimeRefused) -> Self {
        PyRuntimeError::new_err(refused.to_string())
    }
}

/// The shared runtime is made by this builder: for the number and the names of its threads.
///
/// To be called before the first generator runs, where the module is made.
///
/// ```ignore
/// let mut builder = tokio::runtime::Builder::new_multi_thread();
/// builder.enable_all().worker_threads(2);
/// configure_runtime(builder)?;
/// ```
///
/// # Errors
///
/// The runtime is in use already.
pub fn configure_runtime(builder: Builder) -> Result<(), RuntimeRefused> {
    choose(Source::Builder(Box::new(builder)))
}

/// The shared runtime is this one, which somebody else owns: an application's, or that of `pyo3-async-runtimes`.
///
/// ```ignore
/// use_runtime(pyo3_async_runtimes::tokio::get_runtime().handle().clone())?;
/// ```
///
/// It must outlive all generators, and end its own threads before the interpreter shuts down. In a fork it has no threads
/// any more: generators that wait for it raise a `RuntimeError` there.
///
/// # Errors
///
/// The shared runtime is in use already, or this one has no threads of its own.
pub fn use_runtime(handle: Handle) -> Result<(), RuntimeRefused> {
    if handle.runtime_flavor() == RuntimeFlavor::CurrentThread {
        return Err(RuntimeRefused::NoThreads);
    }
    choose(Source::Handle(handle))
}

fn choose(source: Source) -> Result<(), RuntimeRefused> {
    let mut shared = shared();
    if shared.made.is_some() {
        return Err(RuntimeRefused::AlreadyMade);
    }
    shared.source = source;
    Ok(())
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
/// `OSError` if the operating system gives it no threads; `RuntimeError` when the interpreter shuts down, and in a fork if
/// the runtime was handed in.
pub fn runtime(py: Python<'_>) -> PyResult<Handle> {
    // Before the mutex is locked: these let the interpreter lock go, and a thread that has it may wait for the mutex.
    gate::open(py)?;
    renew_after_fork(py)?;
    let generation = GENERATION.load(Ordering::Acquire);
    let mut shared = shared();
    let Shared { source, made } = &mut *shared;
    if let Some(made) = made
        && made.generation == generation
    {
        return Ok(made.handle.clone());
    }
    if gate::is_closed() {
        return Err(gate::shutting_down());
    }
    let runtime = match source {
        Source::Default => Builder::new_multi_thread().enable_all().thread_name("asyncgen-python").build(),
        Source::Builder(builder) => builder.build(),
        Source::Handle(_) if generation > 0 => {
            return Err(PyRuntimeError::new_err(
                "the tokio runtime that was handed in has no threads in a forked process",
            ));
        }
        Source::Handle(handle) => {
            let handle = handle.clone();
            *made = Some(Made { generation, handle: handle.clone(), runtime: None });
            return Ok(handle);
        }
    }
    .map_err(|error| PyOSError::new_err(format!("can't start the threads of the tokio runtime: {error}")))?;
    let handle = runtime.handle().clone();
    *made = Some(Made { generation, handle: handle.clone(), runtime: Some(ManuallyDrop::new(runtime)) });
    gate::at_close(shut_down);
    Ok(handle)
}

/// Ends the tasks on the shared runtime, as the interpreter is about to shut down: what they do with it is done by then.
/// Whatever can't be ended in a second is left to the end of the process.
fn shut_down() {
    let runtime = match &mut shared().made {
        Some(made) if made.generation == GENERATION.load(Ordering::Acquire) => made.runtime.take(),
        _ => None,
    };
    if let Some(runtime) = runtime {
        ManuallyDrop::into_inner(runtime).shutdown_timeout(Duration::from_secs(1));
    }
}

/// Puts this thread into the context of the shared runtime, for good, so that it costs nothing later. A thread that is
/// in one's context already stays in that.
#[inline]
pub(crate) fn enter(py: Python<'_>) -> PyResult<()> {
    if !gate::is_closed() && ENTERED.get() == GENERATION.load(Ordering::Acquire) {
        return Ok(());
    }
    enter_anew(py)
}

#[cold]
fn enter_anew(py: Python<'_>) -> PyResult<()> {
    if gate::is_closed() {
        return Err(gate::shutting_down());
    }
    let forked = ENTERED.get() != usize::MAX;
    if forked || Handle::try_current().is_err() {
        let generation = GENERATION.load(Ordering::Acquire);
        let handle = runtime(py)?;
        // Not dropped when the thread ends: tokio's own thread-locals may be gone by then.
        std::mem::forget(handle.enter());
        ENTERED.set(generation);
    }
    Ok(())
}

#[pyfunction]
fn forked() {
    gate::forked();
    GENERATION.fetch_add(1, Ordering::Release);
}

fn renew_after_fork(py: Python<'_>) -> PyResult<()> {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    if REGISTERED.load(Ordering::Acquire) {
        return Ok(());
    }
    let os = modules::import(py, c"os")?;
    if os.hasattr("register_at_fork")? {
        let arguments = pyo3::types::PyDict::new(py);
        arguments.set_item("after_in_child", wrap_pyfunction!(forked, py)?)?;
        os.call_method("register_at_fork", (), Some(&arguments))?;
    }
    // Two threads may come here at once: counting a fork twice does no harm.
    REGISTERED.store(true, Ordering::Release);
    Ok(())
}
