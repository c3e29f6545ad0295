//! Results as a Markdown table: a row for each case, a column for each peer that has one of them.

use std::fmt::Write;

use crate::results::Results;

pub fn table(results: &Results, cases: &[&str], decimals: usize) -> String {
    let peers: Vec<_> =
        results.peers().into_iter().filter(|peer| cases.iter().any(|case| results.get(case, peer).is_some())).collect();
    let mut table = format!("| | {} |\n|---|{}\n", peers.join(" | "), "---:|".repeat(peers.len()));
    for case in cases {
        let cells = peers
            .iter()
            .map(|peer| results.get(case, peer).map_or(String::new(), |value| format!("{value:.decimals$}")));
        writeln!(table, "| {case} | {} |", cells.collect::<Vec<_>>().join(" | ")).expect("it is a string");
    }
    table
}
