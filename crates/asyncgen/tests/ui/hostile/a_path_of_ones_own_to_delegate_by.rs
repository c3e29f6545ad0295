//! The same where the expansion has what is `unsafe` in a delegation, too.
#![forbid(unsafe_code)]

mod fake {
    pub mod __private {
        pub use asyncgen::__private::*;
        pub unsafe fn yield_from_in_body<G, L, O>(_: G, _: &mut L, _: O) -> std::future::Pending<()> {
            std::future::pending()
        }
    }
}

fn main() {
    let _ = asyncgen::__private::async_gen! { (unsafe crate::fake)
        type Yield = u32;
        type Sent = ();
        type Error = ();
        yield from other();
    };
}

fn other() -> impl asyncgen::AsyncGenerator<Yield = u32, Sent = (), Error = ()> {
    asyncgen::async_gen! { yield 1; }
}
