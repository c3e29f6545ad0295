//! What a crate may forbid, the expansion does not need: neither is it allowed again in there, nor does it occur.
#![deny(warnings)]
#![forbid(
    unsafe_code,
    unused_variables,
    unused_mut,
    unused_braces,
    unused_parens,
    unused_labels,
    unused_must_use,
    non_snake_case,
    elided_lifetimes_in_paths,
    let_underscore_drop,
    trivial_casts,
    unused_qualifications,
    variant_size_differences,
    single_use_lifetimes
)]

#[path = "keyword/mod.rs"]
mod keyword;
#[path = "language/mod.rs"]
mod language;

use asyncgen::{AsyncGenerator, async_block, async_gen, stream};
use futures::StreamExt;
use futures::stream::iter;

use crate::keyword::{run, tick};
use crate::language::{all, raised};

fn every_form(way: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Error = String;
        let first;
        'rounds: for round in 0..3 {
            try {
                match way {
                    0 => break 'rounds,
                    1 => continue 'rounds,
                    2 => return,
                    3 => raise!("raised"),
                    4 => return Err("returned".to_owned()),
                    _ => {}
                }
                for await n in iter([1, 2]) {
                    if n == round { break; }
                    yield n;
                }
            } catch text if text.is_empty() {
                yield 100;
            } catch GeneratorExit {
                tick().await;
            } finally {
                tick().await;
                yield round * 10;
            }
        }
        try { first = 7; } finally {}
        let value = try { if way == 6 { raise!("six"); } first } catch _ { 8 };
        yield value;
    }
}

#[test]
fn every_form_compiles_where_all_of_this_is_forbidden() {
    assert_eq!(all(every_form(0)), (vec![0, 7], Ok(())));
    assert_eq!(all(every_form(1)), (vec![0, 10, 20, 7], Ok(())));
    assert_eq!(all(every_form(2)), (vec![0], Ok(())));
    assert_eq!(all(every_form(3)), (vec![0], raised("raised".to_owned())));
    assert_eq!(all(every_form(4)), (vec![0], raised("returned".to_owned())));
    assert_eq!(all(every_form(5)), (vec![1, 2, 0, 10, 1, 20, 7], Ok(())));
    assert_eq!(all(every_form(6)), (vec![1, 2, 0, 10, 1, 20, 8], Ok(())));
    let items: Vec<u32> = run(stream! { try { yield 1; return; } finally { yield 2; } }.collect());
    assert_eq!(items, [1, 2]);
}

async fn all_of(way: u32) -> Result<Vec<u32>, String> {
    async_block! {
        let mut all = Vec::new();
        for await n in every_form(way) {
            all.push(n);
        }
        all
    }
    .await
}

#[test]
fn so_it_is_of_a_block() {
    async fn ends_with_nothing() -> Result<(), String> {
        async_block! { for await _ in iter([1]) {} }.await
    }
    assert_eq!(run(all_of(3)), Err("raised".to_owned()));
    assert!(run(all_of(5)).is_ok_and(|all| !all.is_empty()));
    assert_eq!(run(ends_with_nothing()), Ok(()));
}
