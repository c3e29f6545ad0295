//! Results as a Markdown table: a row for each case, a column for each peer.

use std::fmt::Write;

use crate::results::Results;

pub fn table(results: &Results, decimals: usize) -> String {
    let peers = results.peers();
    let mut table = format!("| | {} |\n|---|{}\n", peers.join(" | "), "---:|".repeat(peers.len()));
    for case in results.cases() {
        let cells = peers
            .iter()
            .map(|peer| results.get(case, peer).map_or(String::new(), |value| format!("{value:.decimals$}")));
        writeln!(table, "| {case} | {} |", cells.collect::<Vec<_>>().join(" | ")).expect("it is a string");
    }
    table
}
