// An attribute that doesn't exist is an error on a keyword as well.
use asyncgen::async_gen;
use futures::stream::iter;

fn main() {
    let _ = async_gen! {
        type Sent = ();
        type Error = ();
        #[nonsense]
        yield 1;
        #[nonsense]
        for await n in iter([1]) {
            yield n;
        }
        try {
            #[nonsense]
            return;
        } finally {}
    };
}
