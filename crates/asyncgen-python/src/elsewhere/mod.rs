//! Generators across machines: `asyncgen.remote`. The protocol, and all that is behind it, is the crate `asyncgen-remote`.

mod error;
mod near;
mod value;

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use async_nats::Client;
use asyncgen::async_gen;
use asyncgen_remote::{nats, returning};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

pub(crate) use self::error::RemoteError;
use self::error::WireError;
use self::near::Near;
use self::value::Plain;
use crate::IntoPython;
use crate::from_python::event_loop::EventLoop;

/// How long a worker that is closed waits for its generators' clean-up.
const LIMIT: Duration = Duration::from_secs(10);

/// The connections of this process (a fork has none).
static CLIENTS: LazyLock<tokio::sync::Mutex<HashMap<(u32, String), Client>>> = LazyLock::new(Default::default);

/// The connection to this server, which all generators share.
async fn client(url: &str) -> Result<Client, WireError> {
    let mut clients = CLIENTS.lock().await;
    let key = (std::process::id(), url.to_owned());
    if let Some(client) = clients.get(&key) {
        return Ok(client.clone());
    }
    let connected = async_nats::connect(url).await;
    let client =
        connected.map_err(|error| WireError::remote("Lost", format!("there is no NATS server at {url}: {error}")))?;
    clients.insert(key, client.clone());
    Ok(client)
}

/// A generator whose body runs elsewhere.
#[pyfunction]
#[pyo3(signature = (url, name, argument, lease = None))]
pub(crate) fn remote_open(url: String, name: String, argument: Plain, lease: Option<f64>) -> PyResult<IntoPython> {
    let lease = lease.map(Duration::try_from_secs_f64).transpose();
    let lease = lease.map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    let qualname = name.clone();
    Ok(IntoPython::returning(async_gen! {
        type Yield = Plain;
        type Sent = Option<Plain>;
        type Error = WireError;
        type Return = Option<Plain>;

        let client = client(&url).await?;
        let mut far = nats::open::<_, Plain, Option<Plain>, WireError>(&client, &name, &argument).returning::<Plain>();
        if let Some(lease) = lease {
            far = far.lease(lease);
        }
        return yield from far;
    })
    .named(qualname))
}

/// Serves a name as long as this generator is at its only yield.
#[pyfunction]
pub(crate) fn remote_serve(py: Python<'_>, url: String, name: String, function: Py<PyAny>) -> PyResult<IntoPython> {
    let no_loop =
        || PyRuntimeError::new_err("there is no event loop of asyncio or trio that the generators could run in");
    let home = EventLoop::here(py)?.ok_or_else(no_loop)?;
    let qualname = name.clone();
    Ok(IntoPython::new(async_gen! {
        type Yield = String;
        type Sent = ();
        type Error = WireError;

        let client = client(&url).await?;
        let make = returning(move |argument: Plain| Near::make(&function, &home, argument));
        let server = nats::serve(&client, &name, make).await?;
        try {
            yield name;
            std::future::pending::<()>().await;
        } finally {
            let report = server.shutdown(LIMIT).await;
            if !report.is_clean() {
                raise!(WireError::remote("CleanUpError", report.to_string()));
            }
        }
    })
    .named(qualname))
}
