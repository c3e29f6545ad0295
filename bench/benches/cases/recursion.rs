//! Generators that yield what others yield.

use std::sync::LazyLock;

use super::consume::exhaust;
use super::{Case, ITEMS, Run};
use crate::peers::{AsyncStream, Asyncgen, AsynkStrim, Recursive};

pub struct Tree {
    pub left: Option<Box<Self>>,
    pub value: u64,
    pub right: Option<Box<Self>>,
}

/// A perfect tree of this depth.
fn perfect(depth: u32) -> Tree {
    let half = || (depth > 1).then(|| Box::new(perfect(depth - 1)));
    Tree { left: half(), value: depth.into(), right: half() }
}

const DEPTH: u32 = 20;
const LENGTH: u64 = 1_000;

const TREE: &str = "tree of 1,048,575 nodes";
const CHAIN_OF: &str = "chain of 1,000 nodes";

static PERFECT: LazyLock<Tree> = LazyLock::new(|| perfect(DEPTH));

static CHAIN: LazyLock<Tree> = LazyLock::new(|| {
    (1..LENGTH).fold(Tree { left: None, value: 0, right: None }, |rest, value| Tree {
        left: None,
        value,
        right: Some(Box::new(rest)),
    })
});

pub fn prepare(case: &str) {
    if case == TREE {
        LazyLock::force(&PERFECT);
    } else if case == CHAIN_OF {
        LazyLock::force(&CHAIN);
    }
}

fn tree<P: Recursive>() -> u64 {
    exhaust(P::walk(&PERFECT).as_mut())
}

fn chain<P: Recursive>() -> u64 {
    exhaust(P::walk(&CHAIN).as_mut())
}

/// Numbers that come up from this depth.
fn nested<P: Recursive, const DEPTH: u64>() -> u64 {
    exhaust(P::nested(DEPTH, ITEMS).as_mut())
}

pub fn cases() -> Vec<Case> {
    fn runs<P: Recursive>() -> [(&'static str, Run); 6] {
        [nested::<P, 1>, nested::<P, 10>, nested::<P, 100>, nested::<P, 1000>, tree::<P>, chain::<P>]
            .map(|run: Run| (P::NAME, run))
    }
    let kinds = [
        ("depth 1", ITEMS),
        ("depth 10", ITEMS),
        ("depth 100", ITEMS),
        ("depth 1000", ITEMS),
        (TREE, (1 << DEPTH) - 1),
        (CHAIN_OF, LENGTH),
    ];
    let peers = [runs::<Asyncgen>(), runs::<AsyncStream>(), runs::<AsynkStrim>()];
    kinds
        .into_iter()
        .enumerate()
        .map(|(kind, (name, items))| Case { name, items, peers: peers.iter().map(|runs| runs[kind]).collect() })
        .collect()
}
