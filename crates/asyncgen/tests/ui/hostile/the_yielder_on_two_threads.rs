//! A macro that sees the yielder uses it on two threads at once.
#![forbid(unsafe_code)]

macro_rules! dbg {
    (($crate_:tt :: __private :: yield_ (& mut $yielder:ident, $value:expr)).await) => {
        std::thread::scope(|threads| {
            threads.spawn(|| drop($yielder.yield_($value)));
            threads.spawn(|| drop($yielder.yield_($value)));
        })
    };
}

fn main() {
    let _ = asyncgen::async_gen! {
        type Yield = String;
        type Sent = ();
        type Error = ();
        dbg!(yield String::new());
    };
}
