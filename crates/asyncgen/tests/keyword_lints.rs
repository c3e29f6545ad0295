//! Nothing warns of what the macros have made, or proposes to change it.

#![deny(warnings)]
#![allow(clippy::all, clippy::pedantic, reason = "it is about the compiler's own lints")]

mod keyword;

use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, async_gen};
use futures::stream::iter;
use keyword::run;

#[test]
#[rustfmt::skip]
fn parentheses_around_a_keyword_are_the_users_own() {
    fn f<T>(_: T) {}

    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = bool;
            type Error = ();
            let _x: bool = (yield 1);
            f((yield 2));
            if (yield 3) {}
            while (yield 4) {}
            match (yield 5) { _ => {} }
            loop { break (yield 6); };
            let _y: bool;
            _y = (yield 7);
            let _z = [(yield 8), (yield 9)];
            let _ = (try { yield 10 });
            f((try { yield 11 }));
            match (try { 1 }) { _ => {} }
            let _ = (yield 18);
            let _ = { yield 19 };
            f({ yield 20 });
            if { yield 21 } {}
            f(try { yield 22 });
            let _ = try { yield 23 };
            match try { yield 24 } { _ => {} }
            let () = (yield from async_gen! { yield 12; });
            for _ in 0..(u32::from((yield 13))) {}
            try {
                if false { (raise!(())) }
                for await _ in iter([(yield 14)]) {}
            } catch _ if (yield 15) {} finally {
                f((yield 16));
            }
            return (yield 17).then_some(()).unwrap_or(());
        });
        let mut values = vec![g.start().await.unwrap()];
        while let Ok(value) = g.asend(false).await {
            values.push(value);
        }
        assert_eq!(values, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23, 24, 12, 13, 14, 16, 17]);
    });
}
