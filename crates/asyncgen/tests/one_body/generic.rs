//! Bodies that carry lifetimes, type parameters and constants.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, SentValue, StepError, async_gen, stream};
use futures::stream::iter;
use futures::{Stream, StreamExt};

use crate::keyword::{run, tick};
use crate::language::{all, closed_after, raised, thrown_after};

#[test]
fn words_of_a_borrowed_text() {
    fn words<'a>(text: &'a str, stop: &str) -> impl AsyncGenerator<Yield = &'a str, Sent = (), Error = &'a str> {
        async_gen! {
            type Error = &'a str;
            let mut last = "";
            try {
                for await word in iter(text.split(' ')) {
                    if word == stop { raise!(last); }
                    yield word;
                    last = word;
                }
            } catch word if !word.is_empty() {
                yield &word[..1];
            } finally {
                tick().await;
            }
        }
    }
    let text = "one two three".to_owned();
    assert_eq!(all(words(&text, "three")), (vec!["one", "two", "t"], Ok(())));
    assert_eq!(all(words(&text, "one")), (vec![], raised("")));
}

#[test]
fn a_generic_value_with_trait_bounds() {
    fn twice<T>(values: Vec<T>) -> impl AsyncGenerator<Yield = T, Sent = (), Error = String>
    where
        T: Clone + Display,
    {
        async_gen! {
            type Error = String;
            for await value in iter(values) {
                try {
                    yield value.clone();
                    if value.to_string() == "2" { raise!(value.to_string()); }
                } catch error if error.len() > 1 {
                    return;
                } catch _ {
                    continue;
                } finally {
                    tick().await;
                }
                yield value;
            }
        }
    }
    assert_eq!(all(twice(vec![1, 2, 3])).0, [1, 1, 2, 3, 3]);
    assert_eq!(all(twice(vec!['a', '2'])).0, ['a', 'a', '2']);
}

#[test]
fn blocks_of_a_constant_size() {
    fn blocks<const N: usize>(
        bytes: impl Stream<Item = u8>,
    ) -> impl AsyncGenerator<Yield = [u8; N], Sent = (), Error = usize> {
        async_gen! {
            let mut block = [0; N];
            let mut filled = 0;
            try {
                for await byte in bytes {
                    block[filled] = byte;
                    filled += 1;
                    if filled == N {
                        yield block;
                        block = [0; N];
                        filled = 0;
                    }
                }
                if filled > 0 { raise!(filled); }
            } finally {
                tick().await;
            }
        }
    }
    assert_eq!(all(blocks::<2>(iter(0..4))), (vec![[0, 1], [2, 3]], Ok(())));
    assert_eq!(all(blocks::<3>(iter(0..4))), (vec![[0, 1, 2]], raised(1)));
}

#[test]
fn functions_and_generators_as_arguments() {
    fn merged<E: Debug>(
        mut left: impl AsyncGenerator<Yield = u32, Sent = (), Error = E> + Unpin,
        right: impl AsyncGenerator<Yield = u32, Sent = (), Error = E>,
        choose: impl Fn(u32) -> bool,
    ) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = E> {
        async_gen! {
            type Error = E;
            let mut right = pin!(right);
            try {
                loop {
                    let n = match left.anext().await {
                        Ok(n) => n,
                        Err(StepError::Raised(exception)) => raise!(exception),
                        Err(_) => break,
                    };
                    yield n;
                    if choose(n) {
                        for await m in &mut right { yield m; break; }
                    }
                }
                yield from right.as_mut();
            } finally {
                let _ = right.aclose().await;
                let _ = left.aclose().await;
            }
        }
    }
    let numbers = |from: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            for i in from..from + 3 { yield i; }
        }
    };
    let g = merged(Box::pin(numbers(0)), numbers(10), |n| n != 1);
    assert_eq!(all(g).0, [0, 10, 1, 2, 11, 12]);
}

struct Store {
    rows: BTreeMap<u32, String>,
    open: std::cell::Cell<u32>,
}

impl Store {
    fn rows(&self, from: u32) -> impl AsyncGenerator<Yield = &str, Sent = (), Error = u32> {
        async_gen! {
            self.open.set(self.open.get() + 1);
            try {
                for (number, row) in self.rows.range(from..) {
                    if row.is_empty() { raise!(*number); }
                    yield row.as_str();
                }
            } finally {
                tick().await;
                self.open.set(self.open.get() - 1);
            }
        }
    }

    fn drain(&mut self) -> impl AsyncGenerator<Yield = (u32, String), Sent = (), Error = &'static str> {
        async_gen! {
            let mut taken = 0;
            try {
                while let Some((number, row)) = self.rows.pop_first() {
                    taken += 1;
                    yield (number, row);
                }
            } catch "undo" {
                self.rows.insert(taken, "undone".into());
            } finally {
                self.open.set(taken);
            }
        }
    }

    fn into_rows(self) -> impl AsyncGenerator<Yield = String, Sent = (), Error = u32> {
        async_gen! {
            try {
                for (_, row) in self.rows { yield row; }
            } finally {
                self.open.set(99);
                yield self.open.get().to_string();
            }
        }
    }
}

#[test]
fn methods_on_self_by_reference_by_mutable_reference_and_by_value() {
    let mut store =
        Store { rows: [(1, "a".into()), (2, "b".into()), (3, String::new()), (4, "d".into())].into(), open: 0.into() };
    assert_eq!(all(store.rows(1)), (vec!["a", "b"], raised(3)));
    assert_eq!(closed_after(1, store.rows(2)), (vec!["b"], Ok(())));
    assert_eq!(store.open.get(), 0);
    assert_eq!(thrown_after(2, "undo", store.drain()).0.len(), 2);
    assert_eq!(store.rows.len(), 3);
    assert_eq!(store.rows[&2], "undone");
    assert_eq!(all(store.into_rows()).0, ["undone", "", "d", "99"]);
}

trait Source {
    type Item: SentValue + Debug;
    type Error: From<&'static str>;

    fn items(&self) -> impl AsyncGenerator<Yield = Self::Item, Sent = (), Error = Self::Error>;

    /// Those of a default method.
    fn some(&self, count: usize) -> impl AsyncGenerator<Yield = Self::Item, Sent = (), Error = Self::Error> {
        async_gen! {
            type Error = Self::Error;
            let mut left = count;
            for await item in self.items() {
                if left == 0 { raise!("too many"); }
                left -= 1;
                yield item;
            }
        }
    }
}

struct Letters(&'static str);

impl Source for Letters {
    type Item = char;
    type Error = String;

    fn items(&self) -> impl AsyncGenerator<Yield = char, Sent = (), Error = String> {
        async_gen! {
            try {
                for letter in self.0.chars() { yield letter; }
            } catch error {
                raise!(error + self.0);
            }
        }
    }
}

#[test]
fn methods_of_a_trait_and_its_associated_types() {
    assert_eq!(all(Letters("abc").some(3)), (vec!['a', 'b', 'c'], Ok(())));
    assert_eq!(all(Letters("abc").some(2)), (vec!['a', 'b'], raised("too many".to_owned())));
    assert_eq!(thrown_after(1, "x".to_owned(), Letters("ab").items()), (vec!['a'], raised("xab".to_owned())));
}

#[test]
fn the_header_names_types_with_lifetimes_and_parameters() {
    fn g<'a, T: Clone, E>(
        list: &'a [T],
        error: E,
    ) -> impl AsyncGenerator<Yield = Cow<'a, [T]>, Sent = (), Error = (E, &'a T)> {
        async_gen! {
            type Yield = Cow<'a, [T]>;
            type Sent = ();
            type Error = (E, &'a T);
            try {
                yield Cow::Borrowed(list);
                raise!((error, &list[0]));
            } catch (error, first) {
                yield Cow::Owned(vec![first.clone()]);
                raise!((error, first));
            }
        }
    }
    let list = [1, 2];
    let (values, end) = all(g(&list, 'e'));
    assert_eq!(values, [vec![1, 2], vec![1]]);
    assert_eq!(end, raised(('e', &1)));
}

#[test]
fn a_stream_in_a_trait_object_in_a_loop_in_a_generic_function() {
    fn flat<'s, T: 's, S>(streams: S) -> impl Stream<Item = T> + 's
    where
        S: IntoIterator<Item = Box<dyn Stream<Item = T> + Unpin + 's>> + 's,
    {
        stream! {
            for stream in streams {
                for await item in stream {
                    yield item;
                }
            }
        }
    }
    let streams: Vec<Box<dyn Stream<Item = u32> + Unpin>> = vec![Box::new(iter([1, 2])), Box::new(iter(7..9))];
    assert_eq!(run(flat(streams).collect::<Vec<_>>()), [1, 2, 7, 8]);
}
