use asyncgen::{Yielder, generator};

fn main() {
    let mut slot: Option<Yielder<'_, u32>> = None;
    let slot = &mut slot;
    let _g = generator!(|y: Yielder<'_, u32>| {
        *slot = Some(y);
    });
}
