//! How much memory a session takes that is alive. Each measurement is a process of its own.

use std::process::Command;

use asyncgen::AsyncGeneratorExt;
use asyncgen_remote::{Remote, RemoteError, connect, nats, serve};

use crate::item::{Item, echo};
use crate::nats_server;

pub const SESSIONS: usize = 10_000;

/// The argument that says that this is such a process.
pub const CHILD: &str = "--alive";

pub struct Alive {
    pub carrier: &'static str,
    pub bytes: usize,
}

pub fn in_children(url: &str) -> [Alive; 2] {
    [("NATS", url), ("a byte stream", "stream")].map(|(carrier, argument)| {
        eprintln!("{SESSIONS} sessions over {carrier}");
        let child = Command::new(std::env::current_exe().unwrap()).args([CHILD, argument]).output().unwrap();
        let bytes = String::from_utf8(child.stdout).unwrap().trim().parse().expect("the child says a number");
        Alive { carrier, bytes }
    })
}

/// Prints how many bytes a session takes, both ends in this process.
pub async fn measure(carrier: &str) {
    let bytes = if carrier == "stream" {
        let (here, there) = tokio::io::duplex(64 * 1024);
        serve(there, echo);
        let connection = connect(here);
        for_each(|| connection.open(&())).await
    } else {
        let worker = nats_server::connect(carrier).await;
        nats::serve(&worker, "alive", echo).await.unwrap();
        let client = nats_server::connect(carrier).await;
        for_each(|| nats::open(&client, "alive", &())).await
    };
    println!("{bytes}");
}

async fn for_each(open: impl Fn() -> Remote<Item, Option<Item>, RemoteError>) -> usize {
    let mut all = Vec::with_capacity(SESSIONS);
    let mut before = 0;
    // The first of them has the connection set up.
    for session in 0..=SESSIONS {
        let mut far = open();
        far.anext().await.unwrap();
        all.push(far);
        if session == 0 {
            before = resident();
        }
    }
    (resident() - before) / SESSIONS
}

/// What this process has in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
