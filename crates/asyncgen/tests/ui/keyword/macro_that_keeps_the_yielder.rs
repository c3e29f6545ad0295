//! A macro that is given a `yield` sees the yielder, but can't keep it.
use std::cell::RefCell;
use std::convert::Infallible;

use asyncgen::{Yielder, stream};

thread_local!(static KEPT: RefCell<Option<Yielder<'static, String, (), Infallible>>> = const { RefCell::new(None) });

macro_rules! keep {
    ($y:ident . $($rest:tt)*) => { KEPT.with(|kept| *kept.borrow_mut() = Some($y)) }
}

fn main() {
    let _ = stream! {
        keep!(yield String::from("x"));
    };
}
