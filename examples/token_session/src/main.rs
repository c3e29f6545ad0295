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

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, IntoStreamExt, OwnedExt};
use futures::{StreamExt, TryStreamExt};

use crate::session::{SessionError, session};

type Words = Vec<&'static str>;

/// The next words, until the end, or until there are `limit`.
async fn listen<G>(session: G, limit: usize) -> Result<Words, SessionError>
where
    G: AsyncGenerator<Yield = &'static str, Sent = Option<&'static str>, Error = SessionError>,
{
    session.into_try_stream().take(limit).try_collect().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let usage = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "usage.txt".to_owned()));

    let words = listen(session("joke", usage.clone()), usize::MAX).await?;
    println!("whole: {}", words.join(" "));

    let mut instructed = pin!(session("weather", usage.clone()));
    let mut words = listen(instructed.as_mut(), 3).await?;
    words.push(instructed.asend(Some("shorter")).await?);
    words.extend(listen(instructed, usize::MAX).await?);
    println!("instructed: {}", words.join(" "));

    let mut interrupted = pin!(session("weather", usage.clone()));
    let mut words = listen(interrupted.as_mut(), 2).await?;
    // The model is thinking about the next word when the user loses patience.
    tokio::select! {
        biased;
        word = interrupted.anext() => words.push(word?),
        () = std::future::ready(()) => {}
    }
    words.extend(interrupted.athrow(SessionError::Interrupted).await?);
    words.extend(listen(interrupted, usize::MAX).await?);
    println!("interrupted: {}", words.join(" "));

    let mut closed = pin!(session("weather", usage.clone()));
    let words = listen(closed.as_mut(), 2).await?;
    closed.aclose().await?;
    println!("closed: {}", words.join(" "));

    let (words, report) = asyncgen::tokio::scope(async {
        let mut dropped = session("weather", usage).boxed();
        listen(&mut dropped, 1).await
    })
    .await;
    println!("dropped: {}", words?.join(" "));
    if report.is_clean() { Ok(()) } else { Err(report.to_string().into()) }
}
