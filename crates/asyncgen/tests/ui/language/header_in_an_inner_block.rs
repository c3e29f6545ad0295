//! Expected: at `type Error` in the inner block, or at what needs it: a header stands at the top level of the body. (Or it is an
//! ordinary alias there, and the method's receiver is at fault.)

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        {
            type Error = String;
            try {
                yield 1;
            } catch e {
                yield e.len() as u32;
            }
        }
    }
}

fn main() {
    let _ = g();
}
