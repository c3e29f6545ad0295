use asyncgen::{Yielder, generator};

fn main() {
    let _g = generator!(|y: Yielder<'_, u32>| {
        let mut slot = None;
        y.finally(
            async |_| Ok(()),
            async |inner| {
                slot = Some(inner);
                Ok(())
            },
        )
        .await;
        slot.unwrap().yield_(1).await;
    });
}
