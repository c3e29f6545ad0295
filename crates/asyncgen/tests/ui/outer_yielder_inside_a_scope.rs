use asyncgen::{Yielder, generator};

fn main() {
    let _g = generator!(|y: Yielder<'_, u32>| {
        let _ = y
            .catch(async |_inner| {
                y.yield_(1).await;
                Ok(())
            })
            .await;
    });
}
