//! The exception that goes through a `finally` goes on after it.

use asyncgen::{Exception, async_gen};

fn main() {
    let _ = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        let mut kept = None;
        try {
            yield 1;
        } finally exception {
            // expected: at `exception`, that it is a reference
            kept = exception.map(|exception: Exception<String>| exception);
        }
        drop(kept);
    };
}
