//! How much a session that is alive takes.

use asyncgen::AsyncGeneratorExt;
use asyncgen_remote::{RemoteError, connect, nats, serve};

use crate::{Item, echo};

const SESSIONS: usize = 10_000;

/// What this process has in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

pub(crate) async fn sessions(url: &str) {
    let worker = async_nats::connect(url).await.unwrap();
    nats::serve(&worker, "alive", echo).await.unwrap();
    let client = async_nats::connect(url).await.unwrap();
    let before = resident();
    let mut all = Vec::with_capacity(SESSIONS);
    for _ in 0..SESSIONS {
        let mut far = nats::open::<_, Item, Option<Item>, RemoteError>(&client, "alive", &());
        far.anext().await.unwrap();
        all.push(far);
    }
    let nats = (resident() - before) / SESSIONS;
    for far in &mut all {
        far.anext().await.unwrap_err(); // it returns
    }
    drop(all);

    let (here, there) = tokio::io::duplex(64 * 1024);
    serve(there, echo);
    let connection = connect(here);
    let before = resident();
    let mut all = Vec::with_capacity(SESSIONS);
    for _ in 0..SESSIONS {
        let mut far = connection.open::<Item, Option<Item>, RemoteError>(&());
        far.anext().await.unwrap();
        all.push(far);
    }
    let stream = resident().saturating_sub(before) / SESSIONS;
    println!(
        "10,000 sessions alive on one connection: {nats} bytes for each over NATS, both ends and their bodies together \
         (another {stream} for each of as many more over a byte stream, into memory that the first had left)."
    );
}
