use asyncgen::{Yielder, generator};

fn main() {
    let _g = generator!(|y: Yielder<'_, u32>| {
        let smuggled = y.catch(async |inner| Ok(inner)).await;
        smuggled.unwrap().yield_(1).await;
    });
}
