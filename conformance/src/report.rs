//! A case for people to read: its Python source, and both traces side by side.

use std::fmt::Write;
use std::io;

use crate::compare::{Mismatch, compare};
use crate::interpret::{self, Delegation};
use crate::program::{Call, Case, Cut};
use crate::python::Oracle;
use crate::trace::Trace;

/// The case as Python source, then each operation with what both sides did.
pub fn report(oracle: &mut Oracle, case: &Case) -> io::Result<String> {
    let cpython = oracle.run(std::slice::from_ref(case))?.pop().flatten();
    let mut text = oracle.source(&case.program)?;
    let line = |text: &mut String, line: String| _ = writeln!(text, "{line}");
    line(&mut text, String::new());
    let Some(cpython) = cpython else {
        line(&mut text, "runs too long to be compared".into());
        return Ok(text);
    };
    // Of the two ways of delegation, the one that differs is shown.
    let run = |delegation| interpret::run(case, delegation);
    let wrong = Delegation::BOTH.into_iter().find(|delegation| compare(case, &run(*delegation), &cpython).is_err());
    let shown = wrong.unwrap_or(Delegation::ByLevels);
    let ours = run(shown);
    let verdict = compare(case, &ours, &cpython);
    for (number, op) in case.script.iter().enumerate() {
        let differs = matches!(&verdict, Err(Mismatch::Step(at) | Mismatch::Difference(at, _)) if *at == number);
        line(&mut text, format!("{} {number}: {}", if differs { ">" } else { " " }, describe(op.call, op.cut)));
        let step = |trace: &Trace| trace.get(number).map_or("-".into(), ToString::to_string);
        line(&mut text, format!("      asyncgen  {}", step(&ours)));
        line(&mut text, format!("      CPython   {}", step(&cpython)));
    }
    let delegation = wrong.map_or(String::new(), |delegation| format!(" (delegation: {delegation:?})"));
    line(&mut text, verdict.map_or_else(|mismatch| mismatch.to_string(), |()| "the same".into()) + &delegation);
    line(&mut text, serde_json::to_string(case)?);
    Ok(text)
}

fn describe(call: Call, cut: Option<Cut>) -> String {
    let call = match call {
        Call::Anext => "anext()".into(),
        Call::Asend(value) => format!("asend({})", value.map_or("None".into(), |value| value.to_string())),
        Call::Athrow(kind) => format!("athrow({kind:?})"),
        Call::Aclose => "aclose()".into(),
        Call::State => "state".into(),
        Call::Drop => "drop".into(),
    };
    match cut {
        None => call,
        Some(Cut(polls, None)) => format!("{call}, dropped after {polls} polls"),
        Some(Cut(polls, Some(kind))) => format!("{call}, {kind:?} thrown into it after {polls} polls"),
    }
}
