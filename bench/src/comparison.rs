//! The share of the results that COMPARISON.md shows.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::results::Results;
use crate::table;

const BEGIN: &str = "<!-- What follows is written by `cargo run -p asyncgen-bench`. -->\n";
const END: &str = "<!-- Up to here. -->\n";

/// The cases that say most.
const CASES: [&str; 8] = [
    "task",
    "boxed",
    "pinned",
    "pending await",
    "create, first item, drop",
    "asend",
    "depth 1000",
    "tree of 1,048,575 nodes",
];

/// Puts the times of these cases between the two marks.
pub fn write(time: &Results, memory: &Results, machine: &str) -> Result<(), Box<dyn Error>> {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../COMPARISON.md"));
    let text = fs::read_to_string(file)?;
    let (before, rest) = text.split_once(BEGIN).ok_or("COMPARISON.md has no mark where the results begin")?;
    let (_, after) = rest.split_once(END).ok_or("COMPARISON.md has no mark where the results end")?;
    let results = format!(
        "\nNanoseconds for one item, the median:\n\n{}\nBytes for each of 1,000,000 generators alive on the heap:\n\n{}\n{machine}\n",
        table::table(time, &CASES, 1),
        table::table(memory, &memory.cases(), 0),
    );
    fs::write(file, [before, BEGIN, &results, END, after].concat())?;
    Ok(())
}
