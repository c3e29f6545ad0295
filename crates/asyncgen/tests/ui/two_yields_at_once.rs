use asyncgen::{Yielder, generator};

fn main() {
    let _g = generator!(|y: Yielder<'_, u32>| {
        let first = y.yield_(1);
        let second = y.yield_(2);
        futures::future::join(first, second).await;
    });
}
