//! A `break` or a `continue` that a macro hides, in a `try`: of the loop around it, as without the `try`.

use asyncgen::async_gen;
use futures::stream::iter;

use crate::keyword::{Log, tick};
use crate::language::all;

macro_rules! skip {
    () => {
        continue
    };
}

macro_rules! stop_looping {
    () => {
        break
    };
}

#[test]
fn a_hidden_break_or_continue_leaves_a_try_through_its_finally() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        for n in 0..9 {
            try {
                if n == 1 { skip!(); }
                if n == 3 { stop_looping!(); }
                yield n;
            } finally {
                tick().await;
                log.add(n);
            }
        }
        yield 99;
    };
    assert_eq!(all(g).0, [0, 2, 99]);
    assert_eq!(log.take(), "0 1 2 3");
}

#[test]
fn a_hidden_break_or_continue_leaves_a_loop_over_a_stream() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        for await n in iter(0..9) {
            if n == 1 { skip!(); }
            if n == 3 { stop_looping!(); }
            yield n;
        }
        yield 99;
    };
    assert_eq!(all(g).0, [0, 2, 99]);
}

#[test]
fn a_hidden_break_leaves_a_loop_that_stands_in_the_try_itself() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            for n in 0..9 {
                if n == 1 { skip!(); }
                if n == 3 { stop_looping!(); }
                yield n;
            }
            yield 99;
        } finally {
            tick().await;
        }
    };
    assert_eq!(all(g).0, [0, 2, 99]);
}

#[test]
fn a_macro_that_uses_a_value_up_in_a_loop_does_so_once() {
    macro_rules! take {
        ($value:expr) => {{
            let taken = $value;
            if taken.len() > 1 {
                continue;
            }
            taken
        }};
    }
    macro_rules! consume {
        ($value:expr) => {
            drop($value)
        };
    }
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = &'static str;
        for text in ["a", "bc", "d"] {
            try {
                let owned = text.to_owned();
                let other = text.to_owned();
                consume!(other);
                let taken = take!(owned.clone());
                yield taken;
            } finally { tick().await; }
        }
    };
    assert_eq!(all(g).0, ["a", "d"]);
}
