//! The session: a generator of tokens that listens while it speaks.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use asyncgen::{AsyncGenerator, async_gen};
use tokio::time::sleep;

/// What can be thrown into a session, and what it can fail with.
#[derive(Debug)]
pub(crate) enum SessionError {
    /// The user wants it to come to an end.
    Interrupted,
    /// The usage could not be written down.
    Usage(io::Error),
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("the session was interrupted"),
            Self::Usage(error) => write!(f, "the usage could not be written down: {error}"),
        }
    }
}

impl Error for SessionError {}

/// How long the model thinks about a token.
const PER_TOKEN: Duration = Duration::from_millis(5);

/// The model: it knows one text for each prompt.
fn answer(prompt: &str) -> &'static str {
    match prompt {
        "weather" => "Today it will rain in the north and be sunny in the south with a light wind from the sea",
        "shorter" => "Rain north , sun south",
        _ => "I do not know",
    }
}

/// Yields the tokens of the answer to `prompt`. An instruction that is sent in is answered instead, from the next token
/// on. [`SessionError::Interrupted`], thrown in at any time, ends the session with a short farewell; closing it, or
/// dropping its owner, ends it at once. Whichever way it ends, its usage is added to the file.
pub(crate) fn session(
    prompt: &'static str,
    usage: PathBuf,
) -> impl AsyncGenerator<Yield = &'static str, Sent = Option<&'static str>, Error = SessionError> + Send {
    async_gen! {
        let mut prompts = vec![prompt];
        let mut tokens = 0_usize;
        try {
            let mut words = answer(prompt).split(' ');
            while let Some(word) = words.next() {
                sleep(PER_TOKEN).await;
                tokens += 1;
                if let Some(instruction) = yield word {
                    prompts.push(instruction);
                    words = answer(instruction).split(' ');
                }
            }
        } catch SessionError::Interrupted {
            for word in ["Well", "then", ":", "goodbye"] {
                sleep(PER_TOKEN).await;
                tokens += 1;
                yield word;
            }
        } finally {
            let line = format!("{}: {tokens} tokens\n", prompts.join(", "));
            write_usage(usage, line).await.map_err(SessionError::Usage)?;
        }
    }
}

async fn write_usage(path: PathBuf, line: String) -> io::Result<()> {
    use tokio::io::AsyncWriteExt;
    let mut file = tokio::fs::OpenOptions::new().create(true).append(true).open(path).await?;
    file.write_all(line.as_bytes()).await?;
    file.sync_all().await
}
