//! A tour of asyncgen: reads a text file line by line, as an asynchronous generator, at your command.
//!
//! `cargo run --example tour -- <text file>`, with commands on standard input (see `command.rs`); without any, a
//! built-in script. Every operation prints what came back, and which clause of the contract it shows.
//!
//! - `lines.rs`: the generator. Its clean-up awaits a real write: it saves a bookmark, where the next run starts.
//! - `session.rs`: its consumer.
//! - `text.rs`, `bookmark.rs`: the files they work on.

mod bookmark;
mod command;
mod error;
mod lines;
mod session;
mod text;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bookmark::Bookmark;
use command::Input;
use error::TourError;
use text::Text;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: cargo run --example tour -- <text file>");
        return ExitCode::from(2);
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("tour: can't start the tokio runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(run(&PathBuf::from(path)));
    // Does not wait for a read of the terminal that Ctrl-C has left behind.
    runtime.shutdown_background();
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("tour: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the tour of one file. `false`: something went wrong, and was said.
async fn run(path: &Path) -> Result<bool, TourError> {
    let text = Text::open(path).await?;
    let bookmark = Bookmark::beside(path);
    let start = bookmark.load().await.unwrap_or_else(|error| {
        eprintln!("tour: {error}; starting at line 1");
        1
    });
    let title = format!("{}, from line {start}", path.display());
    session::run(&title, lines::lines(text, start, &bookmark), Input::standard(), &bookmark).await
}
