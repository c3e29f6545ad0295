//! The consumer: one operation for each command.

use std::io::{self, Write};
use std::pin::{Pin, pin};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, State, StepError};

use crate::bookmark::Bookmark;
use crate::command::{Command, HELP, Input};
use crate::error::TourError;
use crate::lines::Page;

/// Drives the generator until the commands end, then closes it. `false`: something went wrong, and was said.
pub async fn run<G>(title: &str, generator: G, mut input: Input, bookmark: &Bookmark) -> Result<bool, TourError>
where
    G: AsyncGenerator<Yield = Page, Sent = Option<u64>, Error = TourError>,
{
    let mut session = Session { generator: pin!(generator), bookmark, failed: false };
    let driven = tokio::select! {
        driven = session.obey(title, &mut input) => driven,
        Ok(()) = tokio::signal::ctrl_c() => say("\ninterrupted"),
    };
    // Whatever happened: the generator is closed, so that the bookmark is saved.
    let closed = match session.generator.state() {
        State::Closed | State::Created => Ok(()),
        State::Suspended | State::Running => {
            say("> close (at the end of the commands)").ok();
            session.close().await
        }
    };
    match driven.and(closed) {
        // Nobody reads what is printed: `tour .. | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(!session.failed),
        Err(error) => Err(TourError::file("use", "standard input or output".as_ref())(error)),
        Ok(()) => Ok(!session.failed),
    }
}

struct Session<'s, G> {
    generator: Pin<&'s mut G>,
    bookmark: &'s Bookmark,
    failed: bool,
}

impl<G> Session<'_, G>
where
    G: AsyncGenerator<Yield = Page, Sent = Option<u64>, Error = TourError>,
{
    async fn obey(&mut self, title: &str, input: &mut Input) -> io::Result<()> {
        say(title)?;
        let echoed = input.is_terminal();
        if echoed {
            say(&format!("{HELP}; end with Ctrl-D"))?;
        }
        while let Some(line) = input.next().await? {
            if !echoed {
                say(&format!("> {line}"))?;
            }
            match Command::parse(&line) {
                Ok(Command::Next) => self.next().await?,
                Ok(Command::Send(number)) => self.send(number).await?,
                Ok(Command::Throw(text)) => self.throw(text).await?,
                Ok(Command::Close) => self.close().await?,
                Ok(Command::State) => self.state()?,
                Err(problem) => self.fail(&format!("bad command: {problem} ({HELP})")),
            }
        }
        Ok(())
    }

    fn state(&mut self) -> io::Result<()> {
        let state = self.generator.state();
        let clause = match state {
            State::Created => "C1: nothing of the body has run yet",
            State::Running => "C18: a step was dropped half-way, and is still in flight",
            State::Suspended => "C2: the body stands at its yield",
            State::Closed => "C17: the body has ended, and never runs again",
        };
        answer(&format!("{state:?}"), clause)
    }

    async fn next(&mut self) -> io::Result<()> {
        let before = self.generator.state();
        match self.generator.anext().await {
            Ok(page) if before == State::Created => {
                show(&page, "C2: anext() starts the body, which runs to its first yield")
            }
            Ok(page) => show(&page, "C5: anext() sends nothing: the body goes on to its next yield"),
            Err(StepError::StopAsyncIteration) => self.stop(before).await,
            Err(StepError::Raised(exception)) => self.raised(exception).await,
        }
    }

    async fn send(&mut self, number: u64) -> io::Result<()> {
        let before = self.generator.state();
        match self.generator.asend(Some(number)).await {
            Ok(page) => show(&page, "C4: the yield evaluates to what asend() sends"),
            Err(error @ StepError::JustStarted(_)) => {
                answer(&format!("refused: {error}"), "C3: there is no yield yet that could take the value")
            }
            Err(error @ StepError::AlreadyRunning(_)) => {
                answer(&format!("refused: {error}"), "C18: carry on with the step in flight first, by anext()")
            }
            Err(StepError::StopAsyncIteration) => self.stop(before).await,
            Err(StepError::Raised(exception)) => self.raised(exception).await,
        }
    }

    async fn throw(&mut self, text: String) -> io::Result<()> {
        let before = self.generator.state();
        match self.generator.athrow(TourError::Thrown(text)).await {
            Ok(Some(page)) => show(&page, "C9: athrow() raises the error at the yield, where the body catches it"),
            Ok(None) => answer("nothing", "C11: athrow() does nothing to a closed generator"),
            Err(StepError::Raised(exception)) if before == State::Created => answer(
                &format!("raised: {exception}"),
                "C10: not started yet, so it comes back, and the body never runs",
            ),
            Err(StepError::StopAsyncIteration) => self.stop(before).await,
            Err(StepError::Raised(exception)) => self.raised(exception).await,
            Err(error @ (StepError::JustStarted(_) | StepError::AlreadyRunning(_))) => {
                answer(&format!("refused: {error}"), "C25: an earlier error still waits for the clean-up to end")
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        let before = self.generator.state();
        match self.generator.aclose().await {
            Ok(()) if matches!(before, State::Created | State::Closed) => {
                answer("closed", "C13: aclose() is always safe to call, and runs nothing here")
            }
            Ok(()) => {
                let clause = if before == State::Running {
                    "C19: GeneratorExit is raised at the await where the body stands; its clean-up is awaited"
                } else {
                    "C12: GeneratorExit is raised at the yield; the body's clean-up is awaited"
                };
                answer("closed", clause)?;
                self.show_bookmark().await
            }
            Err(CloseError::Raised(error)) => {
                self.fail(&error.to_string());
                answer(&format!("closed, with an error: {error}"), "C14: aclose() gives the error that the body raises")
            }
            Err(error @ CloseError::IgnoredGeneratorExit(_)) => {
                self.fail(&error.to_string());
                answer(&format!("not closed: {error}"), "C15: the value that was yielded instead is given back")
            }
        }
    }

    /// The generator has ended.
    async fn stop(&mut self, before: State) -> io::Result<()> {
        if before == State::Closed {
            return answer("StopAsyncIteration", "C6: so ends every step of a generator that has ended");
        }
        answer("StopAsyncIteration", "C6: the body has returned")?;
        self.show_bookmark().await
    }

    /// The generator has let an exception out.
    async fn raised(&mut self, exception: Exception<TourError>) -> io::Result<()> {
        self.fail(&exception.to_string());
        answer(&format!("raised: {exception}"), "C7: what the body raises ends the step, and closes the generator")?;
        self.show_bookmark().await
    }

    /// Reads back what the clean-up has written.
    async fn show_bookmark(&mut self) -> io::Result<()> {
        match self.bookmark.load().await {
            Ok(line) => say(&format!("  the next run starts at line {line} ({})", self.bookmark.path().display())),
            Err(error) => {
                self.fail(&error.to_string());
                Ok(())
            }
        }
    }

    fn fail(&mut self, problem: &str) {
        self.failed = true;
        eprintln!("tour: {problem}");
    }
}

/// What the generator has yielded.
fn show(page: &Page, clause: &str) -> io::Result<()> {
    if let Page::NoSuchLine { .. } = page {
        eprintln!("tour: {page}");
    }
    answer(&page.to_string(), clause)
}

/// What came back from an operation, and the clause of the contract that it shows.
fn answer(what: &str, clause: &str) -> io::Result<()> {
    say(&format!("  {what}\n  {clause}"))
}

/// As `println!`, but it does not panic when nobody reads.
pub fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}
