//! A crate of one's own in the place of this one: nobody vouches for it.
#![forbid(unsafe_code)]

mod fake {
    pub mod __private {
        pub use asyncgen::__private::*;
    }
}

fn main() {
    let _ = asyncgen::__private::async_gen! { (crate::fake) yield 1; };
    let _ = asyncgen::__private::stream_macro! { (crate::fake) yield 1; };
    let _ = asyncgen::__private::try_stream_macro! { (crate::fake) yield 1; };
    let _ = asyncgen::__private::async_gen! { crate::fake yield 1; };
    let _ = asyncgen::__private::async_gen! { (r#unsafe crate::fake) yield 1; };
    let _ = asyncgen::__private::async_gen! {};
}
