use asyncgen::{AsyncGenerator, async_block, async_gen};

fn numbers() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { yield 1; }
}

async fn yields() -> Result<(), String> {
    async_block! { yield 1; }.await
}

async fn delegates() -> Result<(), String> {
    async_block! { yield from numbers(); }.await
}

async fn ends_with_another_type() -> Result<u32, String> {
    async_block! { for await _ in numbers() {} }.await
}

async fn raises_another_error() -> Result<u32, std::io::Error> {
    async_block! { for await n in numbers() { return n; } 0 }.await
}

async fn what_it_raises_is_not_known() {
    let _ = async_block! { 5 }.await;
}

fn main() {}
