//! Writes the programs' source, in as many files as there are tests that compile one.
#![allow(clippy::doc_markdown, reason = "CPython is a name, not code")]

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use conformance::corpus::read_all;
use conformance::keyword::{Loops, PRELUDE, Rendered, choose, render};
use conformance::program::{Case, Program};

/// How many programs. `KEYWORD_PROGRAMS` is another number, for those in a hurry.
const PROGRAMS: usize = 1_200;
/// Each is compiled by itself: on several cores at a time.
const PARTS: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=KEYWORD_PROGRAMS");
    println!("cargo::rerun-if-env-changed=KEYWORD_CASES");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../corpus");
    // Cases that `keyword::live` wants to see.
    let live = std::env::var("KEYWORD_CASES").ok();
    if let Some(path) = &live {
        println!("cargo::rerun-if-changed={path}");
    }
    let cases: Vec<Case> =
        live.iter().flat_map(std::fs::read_to_string).map(|text| cases(&text)).collect::<Result<Vec<_>, _>>()?.concat();
    let programs: Vec<_> =
        cases.iter().enumerate().map(|(number, case)| (number, Loops::of(1, case), &case.program)).collect();
    write("cases", &programs, &format!("const CASES: Option<&str> = {live:?};\n"))?;
    if live.is_some() {
        return Ok(());
    }

    let count = std::env::var("KEYWORD_PROGRAMS").map_or(Ok(PROGRAMS), |count| count.parse())?;
    let corpus = read_all()?;
    let chosen = choose(&corpus, count);
    for part in 0..PARTS {
        let chosen = chosen.iter().skip(part).step_by(PARTS);
        let programs: Vec<_> =
            chosen.map(|chosen| (chosen.number, chosen.loops, &chosen.recorded.case.program)).collect();
        write(&format!("part_{part}"), &programs, "")?;
    }
    Ok(())
}

fn cases(text: &str) -> Result<Vec<Case>, serde_json::Error> {
    text.lines().map(serde_json::from_str).collect()
}

/// A module for each program, and a table of all.
fn write(name: &str, programs: &[(usize, Loops, &Program)], more: &str) -> Result<(), Box<dyn Error>> {
    let (mut modules, mut table) = (String::new(), String::new());
    for (number, loops, program) in programs {
        let Rendered { source, silent } = render(program, *loops);
        write!(modules, "mod p{number} {{\nuse super::*;\n{source}}}\n")?;
        let fields = format!("number: {number}, loops: Loops::{loops:?}, silent: &{silent:?}, make: p{number}::made");
        writeln!(table, "    Compiled {{ {fields} }},")?;
    }
    let table = format!("const PROGRAMS: &[Compiled] = &[\n{table}];\n");
    let path = Path::new(&std::env::var("OUT_DIR")?).join(format!("{name}.rs"));
    std::fs::write(path, [PRELUDE, &modules, &table, more].concat())?;
    Ok(())
}
