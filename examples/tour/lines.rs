//! The generator.

use std::fmt;

use asyncgen::{AsyncGenerator, async_gen};

use crate::bookmark::Bookmark;
use crate::error::TourError;
use crate::text::Text;

/// What the generator yields.
pub enum Page {
    Line {
        number: u64,
        text: String,
    },
    /// It caught this error, which was thrown in.
    Caught(TourError),
    /// It was asked for a line that is not there.
    NoSuchLine {
        number: u64,
        last: u64,
    },
}

/// The lines of `text` from number `start` on. Sending a line number goes on from there; an error that is thrown in is
/// caught, and told. On every way out, the number of the line after the last one is saved to `bookmark`.
pub fn lines(
    mut text: Text,
    start: u64,
    bookmark: &Bookmark,
) -> impl AsyncGenerator<Yield = Page, Sent = Option<u64>, Error = TourError> {
    async_gen! {
        let mut next = start;
        try {
            let mut page = read(&mut text, start, &mut next).await?;
            if page.is_none() {
                // The text has become shorter since the bookmark was saved.
                page = read(&mut text, 1, &mut next).await?;
            }
            while let Some(yielded) = page {
                let sent = try { yield yielded };
                page = match sent {
                    Ok(None) => read(&mut text, next, &mut next).await?,
                    Ok(Some(number)) => {
                        let line = read(&mut text, number, &mut next).await?;
                        line.or_else(|| Some(Page::NoSuchLine { number, last: text.last_read() }))
                    }
                    Err(error) => Some(Page::Caught(error)),
                };
            }
            next = 1;
        } finally {
            bookmark.save(next).await?;
        }
    }
}

/// Line `number`, if there is one; the line after it is then the next one.
async fn read(text: &mut Text, number: u64, next: &mut u64) -> Result<Option<Page>, TourError> {
    let line = text.line(number).await?;
    Ok(line.map(|text| {
        *next = number + 1;
        Page::Line { number, text }
    }))
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { number, text } => write!(f, "line {number}: {text}"),
            Self::Caught(error) => write!(f, "the body caught \"{error}\", and goes on"),
            Self::NoSuchLine { number, last } => write!(f, "there is no line {number}: the last one is line {last}"),
        }
    }
}
