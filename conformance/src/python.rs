//! CPython's side: one process that is kept alive, and is given cases in batches.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::program::{Case, Program};
use crate::trace::Trace;

/// A running `oracle/`.
#[derive(Debug)]
pub struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// The interpreter's version.
    pub version: String,
}

#[derive(Deserialize)]
struct Hello {
    version: String,
}

#[derive(Deserialize)]
struct Traces {
    traces: Vec<Option<Trace>>,
}

#[derive(Deserialize)]
struct Source {
    source: String,
}

impl Oracle {
    /// Starts this interpreter; without one, `$PYTHON`, `python3.11` or `python3`, whichever is there.
    pub fn start(python: Option<&str>) -> io::Result<Self> {
        let configured = std::env::var("PYTHON").ok();
        match python.or(configured.as_deref()) {
            Some(python) => Self::start_this(python),
            None => Self::start_this("python3.11").or_else(|_| Self::start_this("python3")),
        }
    }

    fn start_this(python: &str) -> io::Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle");
        let mut child = Command::new(python)
            .args(["-B", "-I"])
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("can't start {python}: {error}")))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut oracle = Self { child, input, output, version: String::new() };
        oracle.version = oracle.receive::<Hello>()?.version;
        Ok(oracle)
    }

    /// Runs these cases. `None` is a case that runs too long.
    pub fn run(&mut self, cases: &[Case]) -> io::Result<Vec<Option<Trace>>> {
        self.begin(cases)?;
        self.finish()
    }

    /// The first half of [`run`](Self::run): returns while the interpreter works.
    pub fn begin(&mut self, cases: &[Case]) -> io::Result<()> {
        self.send(&json!({ "run": cases }))
    }

    /// The second half of [`run`](Self::run).
    pub fn finish(&mut self) -> io::Result<Vec<Option<Trace>>> {
        Ok(self.receive::<Traces>()?.traces)
    }

    /// A program as Python source.
    pub fn source(&mut self, program: &Program) -> io::Result<String> {
        self.send(&json!({ "source": program }))?;
        Ok(self.receive::<Source>()?.source)
    }

    fn send(&mut self, request: &Value) -> io::Result<()> {
        let input = self.input.as_mut().expect("it is open until the oracle is dropped");
        writeln!(input, "{request}")?;
        input.flush()
    }

    fn receive<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the oracle has stopped: see its message above"));
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        self.input = None; // at the end of its input, it stops
        let _ = self.child.wait();
    }
}
