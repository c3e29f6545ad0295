use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            let x = ;
        } catch error {
            yield fn f() {};
        }
    }
}

fn main() {
    rows();
}
