//! The same by a macro, whose own crate it is.
#![forbid(unsafe_code)]

pub mod __private {
    pub use asyncgen::__private::*;
}

macro_rules! mine {
    ($($body:tt)*) => { asyncgen::__private::async_gen! { (unsafe $crate) type Yield = u32; type Sent = (); type Error = (); $($body)* } };
}

macro_rules! handed_on {
    ($unsafe_:tt) => { asyncgen::__private::async_gen! { ($unsafe_ $crate) type Yield = u32; type Sent = (); type Error = (); yield 2; } };
}

fn main() {
    let _ = mine! { yield 1; };
    let _ = handed_on!(unsafe);
}
