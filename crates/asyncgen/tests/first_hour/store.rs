//! Generators of trait methods that borrow from `self`, and are delegated to behind `dyn`.

use std::io;
use std::pin::Pin;

use asyncgen::{AsyncGenerator, async_gen};

use crate::keyword::tick;
use crate::language::{all, closed_after, send};

type Rows<'a> = Pin<Box<dyn AsyncGenerator<Yield = &'a str, Sent = (), Error = io::Error> + Send + 'a>>;

trait Store: Sync {
    fn scan<'a>(&'a self, prefix: &'a str)
    -> impl AsyncGenerator<Yield = &'a str, Sent = (), Error = io::Error> + Send;

    fn scan_dyn<'a>(&'a self, prefix: &'a str) -> Rows<'a> {
        Box::pin(async_gen! { try { yield from self.scan(prefix); } finally { tick().await; } })
    }
}

struct Memory {
    rows: Vec<String>,
}

impl Store for Memory {
    fn scan<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl AsyncGenerator<Yield = &'a str, Sent = (), Error = io::Error> + Send {
        async_gen! {
            for row in &self.rows {
                if row.starts_with(prefix) {
                    tick().await;
                    yield row.as_str();
                }
            }
            if prefix.is_empty() { raise!(io::ErrorKind::InvalidInput); }
        }
    }
}

#[test]
fn rows_are_borrowed_from_the_store() {
    let memory = Memory { rows: ["ab", "ac", "b"].map(String::from).to_vec() };
    assert_eq!(all(send(memory.scan("a"))).0, ["ab", "ac"]);
    assert_eq!(all(memory.scan_dyn("b")).0, ["b"]);
    assert!(all(memory.scan_dyn("")).1.is_err());
    assert_eq!(closed_after(1, memory.scan_dyn("a")).0, ["ab"]);
}
