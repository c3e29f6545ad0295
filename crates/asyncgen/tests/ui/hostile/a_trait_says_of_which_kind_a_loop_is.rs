//! A trait in scope whose method is found before the library's own: what it returns is no kind of loop.
#![forbid(unsafe_code)]

trait Hijack: Sized {
    fn __asyncgen_kind(self) -> Mine {
        Mine
    }
}
impl<T> Hijack for T {}

#[derive(Clone, Copy)]
struct Mine;

fn main() {
    let _ = asyncgen::async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = String;
        for await n in futures::stream::iter([0]) {
            yield n;
        }
    };
}
