use asyncgen::{AsyncGeneratorExt, Yielder, generator};

fn main() {
    let _g = generator!(|outer: Yielder<'_, u32>| {
        let mut inner = std::pin::pin!(generator!(|own: Yielder<'_, u32>| {
            std::mem::swap(&mut own, &mut outer);
            own.yield_(1).await;
        }));
        let _ = inner.anext().await;
    });
}
