//! The types that the expansions use can't be made by anybody else.
#![forbid(unsafe_code)]

use asyncgen::__private::{BodyYielder, RawYielder, Shown};

fn main() {
    let raw: RawYielder<u32, (), ()> = RawYielder(std::ptr::NonNull::dangling());
    let _ = BodyYielder(raw);
    let _ = Shown(0);
}
