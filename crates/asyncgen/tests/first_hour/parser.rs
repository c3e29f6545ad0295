//! A push parser: bytes in, frames out.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, StepError, async_gen};

use crate::keyword::run;

#[derive(Debug, PartialEq)]
struct TooLong(u32);

#[derive(Debug, PartialEq)]
enum Out {
    NeedMore,
    Frame(Vec<u8>),
    Skipped,
}

fn frames() -> impl AsyncGenerator<Yield = Out, Sent = Option<Vec<u8>>, Error = TooLong> {
    async_gen! {
        let mut buf = Vec::new();
        loop {
            while buf.len() < 4 {
                match yield Out::NeedMore {
                    Some(more) => buf.extend(more),
                    None => {}
                }
            }
            let n = u32::from_be_bytes(buf[..4].try_into().unwrap());
            buf.drain(..4);
            try {
                if n > 100 { raise!(TooLong(n)) }
                while buf.len() < n as usize {
                    if let Some(more) = yield Out::NeedMore { buf.extend(more) }
                }
                let frame = buf.drain(..n as usize).collect();
                if let Some(more) = yield Out::Frame(frame) { buf.extend(more) }
            } catch TooLong(n) if n < 200 {
                buf.clear();
                yield Out::Skipped;
            }
        }
    }
}

#[test]
fn frames_come_out_of_chunks_of_any_size() {
    run(async {
        let mut p = pin!(frames());
        assert_eq!(p.anext().await, Ok(Out::NeedMore));
        assert_eq!(p.asend(Some(vec![0, 0])).await, Ok(Out::NeedMore));
        assert_eq!(p.asend(Some(vec![0, 3, 1])).await, Ok(Out::NeedMore));
        assert_eq!(p.asend(Some(vec![2, 3, 0, 0, 0, 1, 9, 0])).await, Ok(Out::Frame(vec![1, 2, 3])));
        assert_eq!(p.anext().await, Ok(Out::Frame(vec![9])));
        assert_eq!(p.anext().await, Ok(Out::NeedMore));
        assert_eq!(p.asend(Some(vec![0, 0, 150])).await, Ok(Out::Skipped));
        assert_eq!(p.anext().await, Ok(Out::NeedMore));
        let end = p.asend(Some(vec![0, 0, 0, 200])).await;
        assert_eq!(end, Err(StepError::Raised(Exception::Error(TooLong(200)))));
    });
}
