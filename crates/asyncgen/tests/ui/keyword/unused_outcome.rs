#![deny(unused_must_use)]
use asyncgen::async_gen;

fn main() {
    let _ = async_gen! {
        type Sent = ();
        type Error = String;
        yield 1;
        try { yield 2; };
        try {
            if true { return; }
            yield 3;
        };
    };
}
