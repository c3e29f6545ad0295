//! smoke
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, async_gen, stream, try_stream};
use futures::StreamExt;
use std::pin::pin;

fn plain() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> {
    async_gen! {
        let mut n = 0;
        loop {
            if let Some(sent) = yield n { n = sent; }
            else { n += 1; }
            if n == 7 { "x".parse::<u32>().map_err(|e| e.to_string())?; }
            if n == 8 { return; }
        }
    }
}

#[test]
fn smoke() {
    async_io::block_on(async {
        let mut g = pin!(plain());
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.asend(Some(5)).await, Ok(5));
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let mut log = Vec::new();
            let r = try { log.push(1); yield 1; "x".parse::<u32>().map_err(|e| e.to_string())? };
            assert!(matches!(r, Err(Exception::Error(_))));
            'a: for i in 0..10 {
                try {
                    log.push(i);
                    if i == 3 { continue; }
                    if i == 5 { break 'a; }
                    yield i;
                    if i == 4 { raise!("bad".to_string()); }
                } catch Exception::Error(e) if e == "bad" {
                    log.push(77);
                } finally {
                    log.push(99);
                }
            }
            let mut n = 0;
            for await x in stream! { for i in 0..5 { yield i; } } {
                n += x;
                yield x;
            }
            yield from async_gen! { yield 1; };
        });
        while let Ok(n) = g.anext().await { println!("{n}"); }
        let v: Vec<_> = stream! { yield 1; yield 2; }.collect().await;
        assert_eq!(v, [1,2]);
        let v: Vec<Result<u32, std::num::ParseIntError>> = try_stream! { yield 1; yield "x".parse::<u32>()?; }.collect().await;
        assert_eq!(v.len(), 2);
    });
}
