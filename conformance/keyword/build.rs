//! Writes the programs' source, in as many files as there are tests that compile one.
#![allow(clippy::doc_markdown, reason = "CPython is a name, not code")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use conformance::corpus::read_all;
use conformance::keyword::{PRELUDE, Rendered, choose, render};

/// How many programs. `KEYWORD_PROGRAMS` is another number, for those in a hurry.
const PROGRAMS: usize = 1_200;
/// Each is compiled by itself: on several cores at a time.
const PARTS: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=KEYWORD_PROGRAMS");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../corpus");
    let count = std::env::var("KEYWORD_PROGRAMS").map_or(Ok(PROGRAMS), |count| count.parse())?;
    let out = std::env::var("OUT_DIR")?;
    let corpus = read_all()?;
    let chosen = choose(&corpus, count);
    for part in 0..PARTS {
        let (mut modules, mut table) = (String::new(), String::new());
        for chosen in chosen.iter().skip(part).step_by(PARTS) {
            let (number, loops) = (chosen.number, chosen.loops);
            let Rendered { source, silent } = render(&chosen.recorded.case.program, loops);
            write!(modules, "mod p{number} {{\nuse super::*;\n{source}}}\n")?;
            let fields = format!("number: {number}, loops: Loops::{loops:?}, silent: &{silent:?}, make: p{number}::g0");
            writeln!(table, "    Compiled {{ {fields} }},")?;
        }
        let table = format!("const PROGRAMS: &[Compiled] = &[\n{table}];\n");
        std::fs::write(Path::new(&out).join(format!("part_{part}.rs")), [PRELUDE, &modules, &table].concat())?;
    }
    Ok(())
}
