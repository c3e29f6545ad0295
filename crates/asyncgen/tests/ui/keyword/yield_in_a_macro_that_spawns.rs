//! A macro in `stream!` that puts its argument into another thread.
use asyncgen::stream;
use futures::executor::block_on;

macro_rules! in_thread {
    ($e:expr) => {
        std::thread::spawn(move || {
            block_on(async move {
                $e;
            })
        })
    };
}

fn main() {
    let _ = stream! {
        in_thread!(yield String::from("x"));
    };
}
