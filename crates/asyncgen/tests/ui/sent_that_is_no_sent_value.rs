use asyncgen::{AsyncGenerator, generator};

struct Command;

fn player() -> impl AsyncGenerator<Yield = u32, Sent = Command, Error = String> {
    generator!(|y| {
        let _command: Command = y.yield_(1).await;
    })
}

fn main() {}
