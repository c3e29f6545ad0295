//! What generators across machines cost, beside raw NATS and tonic: all in one run, on loopback, each end on a thread of its own.
//! It prints what it does, and writes `RESULTS.md`.
//!
//! `--quick` measures less, and less exactly, and writes nothing.

mod alive;
mod elsewhere;
mod grpc;
mod item;
mod measure;
mod nats;
#[path = "../../tests/support/nats.rs"]
mod nats_server;
mod report;
mod tcp;

use measure::Effort;
use nats_server::NatsServer;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [alive::CHILD, carrier] = &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return alive::measure(carrier).await;
    }
    let is_quick = arguments.iter().any(|argument| argument == "--quick");
    let effort = if is_quick { Effort::QUICK } else { Effort::FULL };
    let server = NatsServer::start().await;
    let url = server.url();
    let comparisons = [
        nats::steps(&url, effort).await,
        nats::many(&url, effort).await,
        nats::ahead(&url, effort).await,
        tcp::steps(effort).await,
        tcp::many(effort).await,
        tcp::ahead(effort).await,
    ];
    let page = report::page(&comparisons, &alive::in_children(&url));
    println!("\n{page}");
    if !is_quick {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md");
        std::fs::write(file, page).unwrap();
        println!("written: {file}");
    }
}
