//! What was to be reached, and what was.

use std::fmt::Write;

use crate::results::{HAND_WRITTEN, OURS, Results};

/// One goal: our figure may be at most `limit` times the other one.
struct Target<'a> {
    what: &'a str,
    case: &'a str,
    /// The peer to be compared with, and its case; the best one where none is named.
    other: Option<(&'a str, &'a str)>,
    limit: f64,
}

fn target<'a>(what: &'a str, case: &'a str, other: Option<(&'a str, &'a str)>, limit: f64) -> Target<'a> {
    Target { what, case, other, limit }
}

pub fn table(time: &Results, instructions: &Results, memory: &Results) -> String {
    let hand_written = |case| Some((HAND_WRITTEN, case));
    let stream = |case| Some(("async-stream", case));
    let tree = "tree of 1,048,575 nodes";
    let chain = "chain of 1,000 nodes";
    let speed = [
        target("in a task, 1.25 times faster than every peer", "task", None, 1.0 / 1.25),
        target("in a task, at most 1.5 times the hand-written one", "task", hand_written("task"), 1.5),
        target("boxed, 1.25 times faster than every peer", "boxed", None, 1.0 / 1.25),
        target("boxed, at most 2.5 times the hand-written one", "boxed", hand_written("boxed"), 2.5),
        target("pinned and inlined, no peer faster", "pinned", None, 1.0),
        target("a pending await between yields, no peer faster", "pending await", None, 1.0),
        target(
            "the same, of those whose yields do not wake the task",
            "pending await",
            Some(("async-gen", "pending await")),
            1.0,
        ),
        target("a channel between yields, no peer faster", "channel", None, 1.0),
        target("`asend`, at most 1.2 times a plain yield", "asend", Some((OURS, "anext")), 1.2),
        target("`asend`, 1.5 times faster than genawaiter", "asend", Some(("genawaiter", "asend")), 1.0 / 1.5),
        target("`asend`, 1.5 times faster than fauxgen", "asend", Some(("fauxgen", "asend")), 1.0 / 1.5),
        target("create, first item, drop: no peer faster", "create, first item, drop", None, 1.0),
        target("depth 1,000, at most 1.5 times depth 1", "depth 1000", Some((OURS, "depth 1")), 1.5),
        target(
            "1,000 levels deep, 500 times faster than async-stream",
            "depth 1000",
            stream("depth 1000"),
            1.0 / 500.0,
        ),
        target("a tree of 1,048,575 nodes, 3.5 times faster than async-stream", tree, stream(tree), 1.0 / 3.5),
        target("a chain of 1,000 nodes, 500 times faster than async-stream", chain, stream(chain), 1.0 / 500.0),
    ];
    let mut table = String::from(
        "A ratio is ours by the other's: the smaller, the better.\n\n\
         | target | compared with | at most | time | instructions |\n|---|---|---:|---:|---:|\n",
    );
    for target in &speed {
        let cells = [time, instructions].map(|results| cell(target, results));
        row(&mut table, target, time, &cells);
    }
    for (what, case) in [
        ("1,000,000 alive, at most 1.1 times async-stream's memory: a body that counts", "alive, minimal"),
        ("the same: a body that holds a text and a buffer", "alive, typical"),
    ] {
        let target = target(what, case, stream(case), 1.1);
        let cells = [cell(&target, memory), String::new()];
        row(&mut table, &target, memory, &cells);
    }
    table
}

fn row(table: &mut String, target: &Target<'_>, results: &Results, [first, second]: &[String; 2]) {
    let (peer, case) = other(target, results).map_or(("", ""), |(peer, case, _)| (peer, case));
    let case = if case == target.case { String::new() } else { format!(", {case}") };
    let Target { what, limit, .. } = target;
    writeln!(table, "| {what} | {peer}{case} | {limit:.3} | {first} | {second} |").expect("it is a string");
}

/// The ratio, and whether it is low enough.
fn cell(target: &Target<'_>, results: &Results) -> String {
    let ratio = results.get(target.case, OURS).zip(other(target, results)).map(|(ours, (_, _, other))| ours / other);
    ratio.map_or(String::new(), |ratio| format!("{ratio:.3} {}", if ratio <= target.limit { "✓" } else { "✗" }))
}

fn other<'a>(target: &Target<'a>, results: &'a Results) -> Option<(&'a str, &'a str, f64)> {
    match target.other {
        Some((peer, case)) => Some((peer, case, results.get(case, peer)?)),
        None => results.best_peer(target.case).map(|(peer, value)| (peer, target.case, value)),
    }
}
