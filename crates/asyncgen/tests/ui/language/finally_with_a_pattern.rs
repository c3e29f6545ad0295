//! What a `finally` gives a name to is looked at in its block.

use asyncgen::async_gen;

fn main() {
    let _ = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        // expected: at the pattern, that it takes a name
        try { yield 1; } finally Some(asyncgen::Exception::Error(error)) { println!("{error}"); }
    };
    let _ = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        // expected: the same
        try { yield 1; } finally exception: Option<asyncgen::Exception<String>> { drop(exception); }
    };
    let _ = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        // expected: the same, with the guard
        try { yield 1; } finally exception if exception.is_some() { yield 2; }
    };
    let _ = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        // expected: at `finally`, that there is no `try`
        yield 1;
        finally exception { drop(exception); }
    };
    let _ = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        // expected: at `finally`, that its block is missing
        try { yield 1; } finally exception;
    };
}
