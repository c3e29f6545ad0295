use asyncgen::{Yielder, generator};

fn main() {
    let _g = generator!(|y: Yielder<'_, u32>| {
        std::thread::spawn(move || drop(y.yield_(1)));
    });
}
