//! The traits that the expansions' functions ask for can't be implemented by anybody else.
#![forbid(unsafe_code)]

use asyncgen::__private::{Lend, Own};
use asyncgen::Yielder;

struct Mine;

impl Lend for Mine {
    type Yield = u32;
    type Sent = ();
    type Error = ();
    fn lend(&mut self) -> Yielder<'_, u32, (), ()> {
        loop {}
    }
}

#[derive(Clone, Copy)]
struct Always;

impl Own for Always {}

fn main() {}
