//! A macro that sees the yielder keeps it in a thread local, or gives it to a thread.
#![forbid(unsafe_code)]

use asyncgen::Yielder;
use std::cell::RefCell;

thread_local! {
    static KEPT: RefCell<Option<Yielder<'static, String, (), ()>>> = const { RefCell::new(None) };
}

macro_rules! dbg {
    (($crate_:tt :: __private :: yield_ (& mut $yielder:ident, $value:expr)).await) => {
        KEPT.set(Some($yielder))
    };
}

macro_rules! println {
    (($crate_:tt :: __private :: yield_ (& mut $yielder:ident, $value:expr)).await) => {
        std::thread::spawn(move || drop($yielder.yield_($value)))
    };
}

fn main() {
    let _ = asyncgen::async_gen! {
        type Yield = String;
        type Sent = ();
        type Error = ();
        dbg!(yield String::new());
    };
    let _ = asyncgen::async_gen! {
        type Yield = String;
        type Sent = ();
        type Error = ();
        println!(yield String::new());
    };
}
