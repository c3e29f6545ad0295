//! The header, wherever it stands.

use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, async_gen};
use futures::StreamExt;

use crate::keyword::run;

#[test]
fn the_header_may_stand_anywhere_at_the_top_level_and_in_parentheses() {
    run(async {
        let start = 5;
        let mut g = pin!(async_gen! {
            let first = start + 1;
            type Sent = Option<String>;
            let got = yield first;
            type Yield = usize;
            type Error = &'static str;
            if let Some(text) = got { yield text.len(); }
        });
        assert_eq!(g.anext().await, Ok(6));
        assert_eq!(g.asend(Some("four".into())).await, Ok(4));

        let mut g = pin!(async_gen!({
            type Yield = usize;
            type Sent = Option<String>;
            type Error = &'static str;

            let length = (yield 0).map_or(0, |text| text.len());
            yield length;
        }));
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.asend(Some("four".into())).await, Ok(4));
    });
    let items: Vec<Result<u32, String>> = run(asyncgen::try_stream!({
        yield 1;
        type Error = String;
        try { raise!("caught") } catch error { yield error.len() as u32; }
    })
    .collect());
    assert_eq!(items, [Ok(1), Ok(6)]);
}
