//! A few bodies with every form of the language. They are compiled in two editions, under strict lints, and without a prelude.
//! (So paths are written out, and nothing here is `Option`, `Some` or `Vec` by itself.)

use ::futures::stream::iter;
use ::generators::{AsyncGenerator, Exception, async_gen, stream, try_stream};
use ::std::boxed::Box;
use ::std::convert::{From, Infallible};
use ::std::marker::Send;
use ::std::option::Option::{self, None, Some};
use ::std::result::Result::{self, Err, Ok};
use ::std::string::{String, ToString};
use ::std::vec::Vec;
use ::std::{format, matches, vec};

use super::failure::Failure;

/// `try` with every clause, in a loop that is left through it.
pub fn every_clause(words: Vec<&'static str>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failure> + Send {
    async_gen! {
        let mut rounds = 0;
        'words: for word in words {
            try {
                rounds += 1;
                match word {
                    "raise" => raise!("raised"),
                    "long raise" => raise!("raised for long"),
                    "error" => raise!(Exception::Error(Failure::from("error"))),
                    "break" => break 'words,
                    "continue" => continue,
                    "return" => return,
                    "return error" => return Err(Failure::from("returned")),
                    _ => yield word.parse()?,
                }
            } catch Failure::Reason { text } if text.len() > 10 {
                yield 100;
            } catch Failure::Reason { ref text } if matches!(text.as_str(), "raised" | "error") {
                yield 200;
            } catch GeneratorExit {
                raise!(GeneratorExit);
            } finally {
                yield rounds;
            }
        }
        yield 1000;
    }
}

/// A batching loop, whose buffer is moved out and made anew.
pub fn batches(numbers: Vec<u32>) -> impl AsyncGenerator<Yield = Vec<u32>, Sent = (), Error = Infallible> + Send {
    async_gen! {
        let mut batch = Vec::new();
        for await number in iter(numbers) {
            batch.push(number);
            if batch.len() == 2 {
                yield batch;
                batch = Vec::new();
            }
        }
        if !batch.is_empty() {
            yield batch;
        }
    }
}

/// `try` as an expression, and first values in it.
pub fn expressions(text: &str) -> impl AsyncGenerator<Yield = String, Sent = (), Error = Failure> + Send + '_ {
    async_gen! {
        type Error = Failure;
        let first;
        try {
            first = text.len();
            yield first.to_string();
        } finally {
            yield "finally".to_string();
        }
        let number = try { text.parse::<u32>()? } catch _ { 404 };
        yield format!("{first} {number}");
        let result: Result<u32, Failure> = try { text.parse()? };
        yield match result { Ok(number) => number.to_string(), Err(error) => format!("{error:?}") };
    }
}

/// What is sent comes back.
pub fn echo() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = Failure> + Send {
    async_gen! {
        type Sent = Option<u32>;
        let mut last = 0;
        loop {
            last = match yield last {
                Some(0) => return,
                Some(sent) => sent.pow(2),
                None => last + 1,
            };
        }
    }
}

/// Delegation, in and out of a `try`.
pub fn delegating(words: Vec<&'static str>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failure> + Send {
    async_gen! {
        yield from every_clause(vec!["1", "2"]);
        try {
            yield from every_clause(words);
        } catch error {
            drop_it(error);
            yield from { Box::pin(every_clause(vec!["3"])) };
        }
    }
}

fn drop_it<T>(_: T) {}

/// Loops by value and by reference, in one line and in many.
pub fn loops() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failure> {
    async_gen! {
        let mut borrowed = Box::pin(stream! { for n in 0..4 { yield n } });
        for await n in &mut borrowed { if n == 1 { break } yield n }
        for await n in borrowed { yield n }
        for await n in &mut iter([10, 11]) { yield n }
        for await () in iter([(), ()]) { yield 12 }
        for await n in every_clause(vec!["20", "raise"]) {
            if n > 20 { yield n } else { continue }
        }
    }
}

/// A stream of no errors, with clean-up.
pub fn plain(count: u32) -> impl ::futures::Stream<Item = u32> + Send {
    stream! {
        try {
            for n in 0..count { yield n; }
        } finally {
            yield 99;
        }
    }
}

/// A stream of `Result`s.
pub fn parsed(text: &str) -> impl ::futures::Stream<Item = Result<u32, Failure>> + Send + '_ {
    try_stream! {
        for word in text.split(' ') {
            try { yield word.parse()?; } catch Failure::Parse(_) if word.is_empty() {}
        }
    }
}
