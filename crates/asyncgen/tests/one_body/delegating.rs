//! `yield from` any expression.

use std::pin::pin;

use asyncgen::{AsyncGenerator, async_gen};

use crate::keyword::tick;
use crate::language::thrown_after;

#[test]
fn what_is_delegated_to_may_be_any_expression() {
    trait Mk {
        fn f() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>;
    }
    impl Mk for u8 {
        fn f() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
            async_gen! { yield 1; yield 2; }
        }
    }
    async fn make() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        tick().await;
        <u8 as Mk>::f()
    }
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        yield from { make().await };
        yield from (make().await);
        yield from <u8 as Mk>::f();
        yield from if true { Box::pin(u8::f()) } else { Box::pin(<u8 as Mk>::f()) };
        yield from match 1 { 1 => u8::f(), _ => return };
        try { yield from { u8::f() }; } catch "thrown" { yield 100; }
        let mut inner = pin!(u8::f());
        yield from &mut inner;
        yield from inner;
    };
    assert_eq!(thrown_after(12, "thrown", g).0, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 100, 1, 2]);
}
