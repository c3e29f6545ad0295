//! Commands, and where they come from.

use std::io::{self, IsTerminal, Write};

use tokio::io::{AsyncBufReadExt, BufReader, Stdin};

use crate::session::say;

/// What runs when standard input has nothing to say.
const SCRIPT: &str =
    "state\nsend 2\nnext\nnext\nsend 1\nthrow a stone\nnext\nstate\nclose\nnext\nthrow it again\nclose\nstate\n";

pub const HELP: &str = "commands: next, send <line number>, throw <text>, close, state";

/// An operation on the generator.
pub enum Command {
    Next,
    Send(u64),
    Throw(String),
    Close,
    State,
}

impl Command {
    /// `Err` says what is wrong with it.
    pub fn parse(line: &str) -> Result<Self, String> {
        let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match (name, argument.trim()) {
            ("next", "") => Ok(Self::Next),
            ("close", "") => Ok(Self::Close),
            ("state", "") => Ok(Self::State),
            ("send", number) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                // Too large for a number is too large for a text.
                Ok(Self::Send(number.parse().unwrap_or(u64::MAX)))
            }
            ("send", other) => Err(format!("`{other}` is not a line number")),
            ("throw", "") => Err("there is no text to throw".to_owned()),
            ("throw", text) => Ok(Self::Throw(text.to_owned())),
            _ => Err(format!("`{line}` is not known")),
        }
    }
}

/// The commands: standard input's, or the built-in script where that is empty.
pub struct Input {
    stdin: BufReader<Stdin>,
    terminal: bool,
    read_any: bool,
    script: Option<std::str::Lines<'static>>,
}

impl Input {
    pub fn standard() -> Self {
        let terminal = io::stdin().is_terminal();
        Self { stdin: BufReader::new(tokio::io::stdin()), terminal, read_any: false, script: None }
    }

    /// The next line that is not empty; `None` at the end.
    pub async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let line = match &mut self.script {
                Some(script) => script.next().map(str::to_owned),
                None => self.read().await?,
            };
            match line {
                None if !self.read_any && !self.terminal && self.script.is_none() => {
                    say("(no commands on standard input: the built-in script runs)")?;
                    self.script = Some(SCRIPT.lines());
                }
                Some(line) if line.trim().is_empty() => {}
                line => return Ok(line.map(|line| line.trim().to_owned())),
            }
        }
    }

    /// Does the terminal show the commands?
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    async fn read(&mut self) -> io::Result<Option<String>> {
        if self.terminal {
            write!(io::stdout(), "> ")?;
            io::stdout().flush()?;
        }
        let mut bytes = Vec::new();
        if self.stdin.read_until(b'\n', &mut bytes).await? == 0 {
            if self.terminal {
                say("")?;
            }
            return Ok(None);
        }
        self.read_any = true;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}
