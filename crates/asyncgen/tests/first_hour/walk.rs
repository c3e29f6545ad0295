//! A walk of a tree that delegates to itself.

use asyncgen::{AsyncGenerator, async_gen};

use crate::keyword::tick;
use crate::language::{all, closed_after, raised, thrown_after};

enum Entry {
    File(&'static str),
    Folder(Vec<Entry>),
    Locked(&'static str),
}

fn walk<'t>(folder: &'t [Entry]) -> impl AsyncGenerator<Yield = &'static str, Sent = (), Error = String> + 't {
    async_gen! {
        for entry in folder {
            tick().await;
            match entry {
                Entry::File(name) => { yield *name; }
                Entry::Folder(entries) => yield from Box::pin(walk(entries)),
                Entry::Locked(name) => raise!(*name),
            }
        }
    }
}

fn tree() -> Vec<Entry> {
    vec![
        Entry::File("a"),
        Entry::Folder(vec![Entry::File("b"), Entry::Folder(vec![Entry::File("c")])]),
        Entry::File("d"),
    ]
}

#[test]
fn a_walk_delegates_to_itself_at_any_depth() {
    let tree = tree();
    assert_eq!(all(walk(&tree)), (vec!["a", "b", "c", "d"], Ok(())));
    assert_eq!(closed_after(3, walk(&tree)), (vec!["a", "b", "c"], Ok(())));
    assert_eq!(thrown_after(3, "thrown".to_owned(), walk(&tree)), (vec!["a", "b", "c"], raised("thrown".into())));
    let locked = [Entry::Folder(vec![Entry::File("a"), Entry::Locked("b")])];
    assert_eq!(all(walk(&locked)), (vec!["a"], raised("b".into())));
}
