//! A session with a stand-in for a language model, which says a text word by word: instructions go in while tokens come
//! out, an interrupt becomes a farewell, and the usage is written down however the session ends.
//!
//! ```text
//! $ cargo run -p token_session -- usage.txt
//! whole: I do not know
//! instructed: Today it will Rain north , sun south
//! interrupted: Today it Well then : goodbye
//! closed: Today it
//! dropped: Today
//! $ cat usage.txt
//! joke: 4 tokens
//! weather, shorter: 8 tokens
//! weather: 6 tokens
//! weather: 2 tokens
//! weather: 1 tokens
//! ```

mod session;

use std::error::Error;
use std::path::PathBuf;
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, OwnedExt, StepError};

use crate::session::{SessionError, session};

type Words = Vec<&'static str>;

/// Takes words until the end, or until there are `limit`.
async fn listen<G>(session: &mut G, words: &mut Words, limit: usize) -> Result<(), StepError<SessionError>>
where
    G: AsyncGenerator<Yield = &'static str, Sent = Option<&'static str>, Error = SessionError> + Unpin,
{
    while words.len() < limit {
        match session.anext().await {
            Ok(word) => words.push(word),
            Err(StepError::StopAsyncIteration) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let usage = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "usage.txt".to_owned()));

    let mut whole = pin!(session("joke", usage.clone()));
    let mut words = Words::new();
    listen(&mut whole, &mut words, usize::MAX).await?;
    println!("whole: {}", words.join(" "));

    let mut instructed = pin!(session("weather", usage.clone()));
    let mut words = Words::new();
    listen(&mut instructed, &mut words, 3).await?;
    words.push(instructed.asend(Some("shorter")).await?);
    listen(&mut instructed, &mut words, usize::MAX).await?;
    println!("instructed: {}", words.join(" "));

    let mut interrupted = pin!(session("weather", usage.clone()));
    let mut words = Words::new();
    listen(&mut interrupted, &mut words, 2).await?;
    // The model is thinking about the next word when the user loses patience.
    tokio::select! {
        biased;
        word = interrupted.anext() => words.push(word?),
        () = std::future::ready(()) => {}
    }
    words.extend(interrupted.athrow(SessionError::Interrupted).await?);
    listen(&mut interrupted, &mut words, usize::MAX).await?;
    println!("interrupted: {}", words.join(" "));

    let mut closed = pin!(session("weather", usage.clone()));
    let mut words = Words::new();
    listen(&mut closed, &mut words, 2).await?;
    closed.aclose().await?;
    println!("closed: {}", words.join(" "));

    let (words, report) = asyncgen::tokio::scope(async {
        let mut dropped = session("weather", usage).boxed();
        let mut words = Words::new();
        listen(&mut dropped, &mut words, 1).await.map(|()| words)
    })
    .await;
    println!("dropped: {}", words?.join(" "));
    if report.is_clean() { Ok(()) } else { Err(report.to_string().into()) }
}
