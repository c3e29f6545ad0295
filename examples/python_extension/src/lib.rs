//! A Python extension with two asynchronous generators: the lines of a file, and payments that are handed out in one
//! transaction. Both clean up after themselves, whichever way they end.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use asyncgen::async_gen;
use asyncgen_python::IntoPython;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rusqlite::Connection;
use tokio::io::{AsyncBufReadExt, BufReader};

/// lines(path) -> the lines of a file
#[pyfunction]
fn lines(path: PathBuf) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = String;
        type Sent = ();
        type Error = PyErr;

        let mut lines = BufReader::new(tokio::fs::File::open(path).await?).lines();
        while let Some(line) = lines.next_line().await? {
            yield line;
        }
    })
    .named("lines")
}

/// payments(path) -> the numbers and amounts of all payments that are not paid yet
///
/// They are marked as paid, all of them when the last one was taken, or none: if the consumer goes away before, by an
/// exception, a cancellation, or just so, the transaction is rolled back.
#[pyfunction]
fn payments(path: PathBuf) -> IntoPython {
    IntoPython::new(async_gen! {
        type Yield = (i64, i64);
        type Sent = ();
        type Error = PyErr;

        let database = Database::open(path).await?;
        database.run(|connection| connection.execute_batch("BEGIN IMMEDIATE")).await?;
        let mut end = "ROLLBACK";
        try {
            let mut last = 0;
            while let Some((id, amount)) = database.run(move |connection| pay_next(connection, last)).await? {
                yield (id, amount);
                last = id;
            }
            end = "COMMIT"; // all were taken
        } finally {
            database.run(move |connection| connection.execute_batch(end)).await?;
        }
    })
    .named("payments")
}

fn pay_next(connection: &Connection, last: i64) -> rusqlite::Result<Option<(i64, i64)>> {
    let mut statement = connection.prepare_cached(
        "UPDATE payments SET paid = 1
         WHERE id = (SELECT min(id) FROM payments WHERE id > ?1 AND NOT paid)
         RETURNING id, amount",
    )?;
    let mut rows = statement.query([last])?;
    match rows.next()? {
        Some(row) => Ok(Some((row.get(0)?, row.get(1)?))),
        None => Ok(None),
    }
}

/// A connection whose work is done on threads that may block.
#[derive(Clone)]
struct Database(Arc<Mutex<Connection>>);

impl Database {
    async fn open(path: PathBuf) -> PyResult<Self> {
        let opened = tokio::task::spawn_blocking(|| Connection::open(path)).await.map_err(error)?;
        Ok(Self(Arc::new(Mutex::new(opened.map_err(error)?))))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> PyResult<T> {
        let connection = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            work(&connection.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await.map_err(error)?.map_err(error)
    }
}

fn error(error: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

#[pymodule]
mod ledger {
    #[pymodule_export]
    use super::{lines, payments};
}
