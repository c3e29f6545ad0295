//! Errors of one layer in another.

use std::io;
use std::num::ParseIntError;

use asyncgen::{AsyncGenerator, Exception, async_gen};

use crate::language::all;

#[derive(Debug)]
enum AppError {
    Io(io::Error),
    Parse(ParseIntError),
}

impl From<io::Error> for AppError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ParseIntError> for AppError {
    fn from(error: ParseIntError) -> Self {
        Self::Parse(error)
    }
}

fn lines(text: &'static str) -> impl AsyncGenerator<Yield = &'static str, Sent = (), Error = io::Error> {
    async_gen! {
        for line in text.lines() {
            if line == "!" { raise!(io::ErrorKind::NotFound); }
            yield line;
        }
    }
}

fn numbers(text: &'static str) -> impl AsyncGenerator<Yield = i32, Sent = (), Error = AppError> {
    async_gen! {
        for await line in lines(text) {
            try {
                yield line.parse::<i32>()?;
            } catch AppError::Parse(error) if line.is_empty() {
                drop(error);
                yield 0;
            }
        }
    }
}

#[test]
fn the_error_of_a_loop_and_that_of_a_question_mark_are_converted() {
    let (values, end) = all(numbers("1\n\n2\n!"));
    assert_eq!(values, [1, 0, 2]);
    assert!(matches!(end, Err(Exception::Error(AppError::Io(error))) if error.kind() == io::ErrorKind::NotFound));
    let (values, end) = all(numbers("1\nx"));
    assert_eq!(values, [1]);
    assert!(matches!(end, Err(Exception::Error(AppError::Parse(_)))));
}
