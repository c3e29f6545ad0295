use asyncgen::{Yielder, generator};

fn main() {
    // Moved into the body, but dropped after the body's own variables.
    let mut slot = None;
    let _g = generator!(|y: Yielder<'_, u32>| {
        slot = Some(y);
    });
}
