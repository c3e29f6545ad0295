//! A macro that nobody knows gets no keyword that yields, whatever it is called by.
#![forbid(unsafe_code)]

macro_rules! unknown {
    ($($code:tt)*) => { $($code)* };
}

fn main() {
    let _ = asyncgen::async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = ();
        unknown!(yield 1);
        self::unknown! { yield 2 }
        try { unknown!(yield 3); } finally {}
        let _ = || unknown!(yield 4);
    };
}
