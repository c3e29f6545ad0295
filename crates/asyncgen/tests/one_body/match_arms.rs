//! Blocks of the language as match arms.

use asyncgen::async_gen;
use futures::stream::iter;

use crate::language::{all, fail};

#[test]
fn a_try_is_a_match_arm_without_a_comma() {
    let g = |n: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            match n {
                0 => try { yield 0; raise!("raised"); } catch _ { yield 10; }
                1 => try { yield 1; } finally { yield 11; }
                2 => { yield 2; }
                3 => for await i in iter([3, 4]) { yield i; }
                _ => try { fail("failed")?; } catch _ {},
            }
            yield 99;
        }
    };
    assert_eq!(all(g(0)).0, [0, 10, 99]);
    assert_eq!(all(g(1)).0, [1, 11, 99]);
    assert_eq!(all(g(2)).0, [2, 99]);
    assert_eq!(all(g(3)).0, [3, 4, 99]);
    assert_eq!(all(g(4)).0, [99]);
}
