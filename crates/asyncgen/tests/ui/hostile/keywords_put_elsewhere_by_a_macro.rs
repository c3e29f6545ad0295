//! Macros put keywords that they receive into a closure, a constant, a function, and a task of its own.
#![forbid(unsafe_code)]

macro_rules! dbg {
    ($($code:tt)*) => { (|| $($code)*)() };
}
macro_rules! vec {
    ($($code:tt)*) => { const { $($code)* } };
}
macro_rules! println {
    ($($code:tt)*) => {{
        async fn elsewhere() { $($code)*; }
        elsewhere().await
    }};
}
macro_rules! matches {
    ($($code:tt)*) => { tokio::spawn(async { $($code)*; }) };
}

fn main() {
    let _ = asyncgen::async_gen! { type Yield = u32; type Sent = (); type Error = (); dbg!(yield 1); };
    let _ = asyncgen::async_gen! { type Yield = u32; type Sent = (); type Error = (); vec!(yield 1); };
    let _ = asyncgen::async_gen! { type Yield = u32; type Sent = (); type Error = (); println!(yield 1); };
    let _ = asyncgen::async_gen! { type Yield = u32; type Sent = (); type Error = (); matches!(yield 1); };
}
