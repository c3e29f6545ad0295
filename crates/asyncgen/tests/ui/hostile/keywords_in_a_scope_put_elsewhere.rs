//! In a scope, what a macro puts into an `async` block of its own has no way to the scope's end.
#![forbid(unsafe_code)]

macro_rules! dbg {
    ($($code:tt)*) => { drop(async { $($code)*; }) };
}

fn main() {
    let _ = asyncgen::async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = ();
        try {
            dbg!(yield 1);
            dbg!(std::future::pending::<()>().await);
        } finally {
        }
    };
    let _ = asyncgen::async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = ();
        for await n in futures::stream::iter([1]) {
            dbg!(yield n);
            dbg!(break);
        }
    };
}
