//! A farm of workers that make tokens, and a gateway that serves them. See the README.
//!
//! ```text
//! token_farm farm                     all of it, on this machine
//! token_farm worker NAME [NATS URL]   a worker
//! token_farm gateway [NATS URL] [ADDRESS]
//! ```

mod farm;
mod gateway;
mod token;
mod worker;

use std::error::Error;

/// Where the NATS server is, if nothing else is said.
const NATS: &str = "nats://127.0.0.1:4222";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["farm"] => farm::run().await,
        ["worker", name] => worker::run(name, NATS).await,
        ["worker", name, url] => worker::run(name, url).await,
        ["gateway"] => gateway::run(NATS, "127.0.0.1:8080").await,
        ["gateway", url] => gateway::run(url, "127.0.0.1:8080").await,
        ["gateway", url, address] => gateway::run(url, address).await,
        _ => Err("token_farm farm | worker NAME [NATS URL] | gateway [NATS URL] [ADDRESS]".into()),
    }
}
