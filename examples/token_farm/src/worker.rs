//! A worker: makes tokens, each after a while.

use std::error::Error;
use std::time::Duration;

use asyncgen::{AsyncGenerator, async_gen};
use asyncgen_remote::nats;
use tokio::time::sleep;

use crate::token::{FarmError, Prompt, Token};

/// How long the model thinks about a token.
const PER_TOKEN: Duration = Duration::from_millis(50);

/// The tokens of an answer. Each session takes a place in the model's memory, and gives it back in any case.
fn tokens(
    worker: String,
    Prompt { prompt }: Prompt,
) -> impl AsyncGenerator<Yield = Token, Sent = (), Error = FarmError> + Send {
    async_gen! {
        let mut made = 0;
        println!("{prompt:?}: begins");
        try {
            for round in 1..=20 {
                for word in prompt.split(' ') {
                    sleep(PER_TOKEN).await;
                    made += 1;
                    yield Token { text: format!("{word}-{round}"), worker: worker.clone() };
                }
            }
        } finally {
            sleep(Duration::from_millis(5)).await; // the place is given back
            println!("{prompt:?}: closed after {made} tokens");
        }
    }
}

pub(crate) async fn run(name: &str, url: &str) -> Result<(), Box<dyn Error>> {
    let client = async_nats::connect(url).await?;
    let worker = name.to_owned();
    let server = nats::serve(&client, "tokens", move |prompt| tokens(worker.clone(), prompt)).await?;
    println!("serves");
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        result = tokio::signal::ctrl_c() => result?,
    }
    println!("{}", server.shutdown(Duration::from_secs(10)).await);
    Ok(())
}
