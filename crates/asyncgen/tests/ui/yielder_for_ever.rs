use asyncgen::{Yielder, generator};

fn main() {
    let _g = generator!(|y: Yielder<'static, u32>| {
        y.yield_(1).await;
    });
}
