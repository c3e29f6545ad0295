fn main() {
    let _g = asyncgen::__private::generator(|raw: asyncgen::__private::RawYielder<u32, (), ()>| async move {
        let anchor = ();
        let mut y = raw.lend(&anchor);
        y.yield_(1).await;
    });
}
