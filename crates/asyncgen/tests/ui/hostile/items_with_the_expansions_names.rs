//! Constants with the names that the expansions have for their variables: no value is silently lost.
#![forbid(unsafe_code)]
#![allow(non_upper_case_globals, dead_code)]

mod item {
    const __item: u32 = 5;
    fn _g() -> impl asyncgen::AsyncGenerator<Yield = u32, Sent = (), Error = String> {
        asyncgen::async_gen! { for await n in futures::stream::iter([5, 6]) { yield n; } }
    }
}

mod sent {
    const __sent: Option<u32> = None;
    fn _g() -> impl asyncgen::AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> {
        asyncgen::async_gen! { let _ = yield 1; }
    }
}

mod exception {
    use asyncgen::Exception;
    const __exception: Exception<u32> = Exception::GeneratorExit;
    fn _g() -> impl asyncgen::AsyncGenerator<Yield = u32, Sent = (), Error = u32> {
        asyncgen::async_gen! { try { yield 1; } finally { async {}.await; } }
    }
}

mod yielder {
    struct __yielder;
    fn _g() -> impl asyncgen::AsyncGenerator<Yield = u32, Sent = (), Error = u32> {
        asyncgen::async_gen! { yield 1; }
    }
}

mod own {
    use asyncgen::__private::NeverShown as __own;
    fn _g() -> impl asyncgen::AsyncGenerator<Yield = u32, Sent = (), Error = u32> {
        asyncgen::async_gen! { println!("{:?}", yield 1); }
    }
}

fn main() {}
