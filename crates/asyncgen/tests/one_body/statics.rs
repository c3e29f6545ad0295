//! What is there once in the source is there once.

use std::cell::Cell;

use asyncgen::async_gen;

use crate::language::all;

#[test]
fn a_static_in_a_finally_is_one() {
    // (However often the block is in the compiled body.)
    let counted = &Cell::new(0);
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                if way == 1 { return; }
                if way == 2 { raise!("raised"); }
            } finally {
                use std::sync::atomic::{AtomicU32, Ordering};
                static RUNS: AtomicU32 = AtomicU32::new(0);
                counted.set(RUNS.fetch_add(1, Ordering::SeqCst) + 1);
            }
        }
    };
    for way in 0..3 {
        let _ = all(g(way));
    }
    assert_eq!(counted.get(), 3);
}
