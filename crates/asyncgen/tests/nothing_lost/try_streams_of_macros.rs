//! `try_stream!`: an error that only a macro hides.

use asyncgen::try_stream;
use futures::StreamExt;

use crate::keyword::{Log, run, tick};

macro_rules! give_up {
    ($error:expr) => {
        return Err($error)
    };
}

#[test]
fn by_a_macro_that_returns_in_a_try() {
    let log = &Log::default();
    let s = try_stream! {
        yield 1;
        try { if true { give_up!("lost".to_owned()); } } finally { tick().await; log.add("finally"); }
        yield 2;
    };
    assert_eq!(run(s.collect::<Vec<Result<u32, String>>>()), [Ok(1), Err("lost".to_owned())]);
    assert_eq!(log.take(), "finally");
}
