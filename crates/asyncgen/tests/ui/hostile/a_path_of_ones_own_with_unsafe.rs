//! Who vouches for a crate of his own writes `unsafe`, which the lint sees.
#![forbid(unsafe_code)]

mod fake {
    pub mod __private {
        pub use asyncgen::__private::*;
    }
}

fn main() {
    let _ = asyncgen::__private::async_gen! { (unsafe crate::fake) type Yield = u32; type Sent = (); type Error = (); yield 1; };
    let _ = asyncgen::__private::stream_macro! { (unsafe crate::fake) yield 1; };
    let _ = asyncgen::__private::try_stream_macro! { (unsafe crate::fake) type Error = (); yield 1; };
}
