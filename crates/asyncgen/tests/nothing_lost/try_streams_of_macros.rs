//! `try_stream!`: an error that only a macro hides (of a name that says so: of another, a body that has no error otherwise ends with nothing).

use asyncgen::try_stream;
use futures::StreamExt;

use crate::keyword::{Log, run, tick};

macro_rules! bail {
    ($error:expr) => {
        return Err($error)
    };
}

#[test]
fn by_a_macro_that_returns_in_a_try() {
    let log = &Log::default();
    let s = try_stream! {
        yield 1;
        try { if true { bail!("lost".to_owned()); } } finally { tick().await; log.add("finally"); }
        yield 2;
    };
    assert_eq!(run(s.collect::<Vec<Result<u32, String>>>()), [Ok(1), Err("lost".to_owned())]);
    assert_eq!(log.take(), "finally");
}
