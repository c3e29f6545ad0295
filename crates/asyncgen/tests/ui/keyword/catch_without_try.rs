use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        {
            yield 1;
        } catch error {
            yield 2;
        }
    }
}

fn cleaned_up() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        loop { yield 1; }
        finally { }
    }
}

fn main() {
    rows();
    cleaned_up();
}
