use std::cell::Cell;

use asyncgen::{Yielder, generator};

fn main() {
    let _g = generator!(|y: Yielder<'_, u32>| {
        let slot = Cell::new(None);
        let _ = y
            .catch(async |inner| {
                slot.set(Some(inner));
                Ok(())
            })
            .await;
        if let Some(mut smuggled) = slot.take() {
            smuggled.yield_(1).await;
        }
    });
}
