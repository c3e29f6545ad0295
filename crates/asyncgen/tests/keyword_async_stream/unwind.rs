// A panic of the body, caught by `catch_unwind`, which asks for a stream that is `UnwindSafe`. The two agree on what that is, as
// it depends on what the body has.

use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::UnwindSafe;

use futures::{Stream, StreamExt};

struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

impl<T: UnwindSafe> Probe<T> {
    fn is_unwind_safe(&self) -> bool {
        true
    }
}

trait NotUnwindSafe {
    fn is_unwind_safe(&self) -> bool {
        false
    }
}

impl<T> NotUnwindSafe for Probe<T> {}

fn counted(to: &Cell<u32>) -> impl Stream<Item = u32> {
    stream! {
        for i in 0.. {
            to.set(i);
            yield i;
        }
    }
}

fn counted_behind(to: Box<dyn Fn(u32)>) -> impl Stream<Item = u32> {
    stream! {
        for i in 0.. {
            to(i);
            yield i;
        }
    }
}

fn owned(words: Vec<String>) -> impl Stream<Item = Result<u32, std::num::ParseIntError>> {
    try_stream! {
        for word in words {
            yield word.parse::<u32>()?;
        }
    }
}

pub(crate) async fn a_panic_is_caught() -> Vec<String> {
    let stream = stream! {
        yield 1;
        if true {
            panic!("on purpose");
        }
        yield 2;
    };
    stream.catch_unwind().map(|item| format!("{:?}", item.map_err(drop))).collect().await
}

pub(crate) async fn who_is_unwind_safe() -> Vec<String> {
    let cell = Cell::new(0);
    vec![
        format!("owned: {}", Probe::of(&owned(Vec::new())).is_unwind_safe()),
        format!("by a reference to a cell: {}", Probe::of(&counted(&cell)).is_unwind_safe()),
        format!("behind a box: {}", Probe::of(&counted_behind(Box::new(|_| {}))).is_unwind_safe()),
    ]
}
