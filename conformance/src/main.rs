//! The oracle's commands.
#![allow(clippy::doc_markdown, reason = "CPython is a name, not code")]

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use conformance::corpus::Part;
use conformance::coverage::{Coverage, features};
use conformance::keyword::Loops;
use conformance::program::Case;
use conformance::python::Oracle;
use conformance::report::report;
use conformance::{corpus, fuzz, keyword};

/// Compares asyncgen with CPython's own asynchronous generators.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes new random programs, and runs them on both sides. Fails on a mismatch.
    Fuzz {
        /// For how long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The same seed makes the same programs.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// How many mismatches are enough.
        #[arg(long, default_value_t = 5)]
        enough: usize,
        /// The interpreter; else $PYTHON, python3.11 or python3.
        #[arg(long)]
        python: Option<String>,
    },
    /// Makes the recorded corpus anew: chooses new cases, and asks CPython again about those that were kept.
    Record {
        /// How many cases.
        #[arg(long, default_value_t = 4_000)]
        count: usize,
        /// How many more in which generators end with values.
        #[arg(long, default_value_t = 1_000)]
        values: usize,
        /// Only these others: what was chosen before stays.
        #[arg(long)]
        only_values: bool,
        /// The same seed makes the same corpus.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The interpreter.
        #[arg(long)]
        python: Option<String>,
    },
    /// Checks asyncgen against the recorded corpus, or, with an interpreter, that interpreter.
    Check {
        /// Another CPython, which is to give the recorded answers too.
        #[arg(long)]
        python: Option<String>,
    },
    /// Adds cases that a fuzz run has found, in JSON from standard input, to the corpus.
    Keep {
        /// The interpreter.
        #[arg(long)]
        python: Option<String>,
    },
    /// Compiles cases in JSON from standard input, or random ones, as `async_gen!` source, and compares them with the
    /// closure form. Mismatches are reduced.
    Keywords {
        /// How many random cases.
        #[arg(long)]
        count: Option<u64>,
        /// The same seed makes the same cases.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// How many mismatches are enough.
        #[arg(long, default_value_t = 5)]
        enough: usize,
    },
    /// Shows programs as `async_gen!` source: of cases in JSON from standard input, or of numbers in the corpus.
    Render {
        /// The numbers, as the tests of `keyword/` name them.
        numbers: Vec<usize>,
    },
    /// Shows cases, in JSON from standard input or of a number in a fuzz run, as Python source with both traces.
    Show {
        /// The seed of the fuzz run.
        #[arg(long, requires = "number")]
        seed: Option<u64>,
        /// The number of the case in it.
        #[arg(long, requires = "seed")]
        number: Option<u64>,
        /// The interpreter.
        #[arg(long)]
        python: Option<String>,
    },
}

fn main() -> ExitCode {
    // A panic of the engine is a mismatch, and is reported as such.
    std::panic::set_hook(Box::new(|_| {}));
    match run(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs a command. `false`: the two sides do not agree.
fn run(command: Command) -> Result<bool, Box<dyn Error>> {
    match command {
        Command::Fuzz { seconds, seed, enough, python } => {
            let mut oracle = Oracle::start(python.as_deref())?;
            let mut told = 0;
            let found = fuzz::fuzz(&mut oracle, seed, Duration::from_secs(seconds), enough, |found| {
                if found.elapsed.as_secs() >= told + 10 {
                    told = found.elapsed.as_secs();
                    eprintln!("{told} s: {} programs, {} mismatches", found.cases, found.mismatches.len());
                }
            })?;
            for case in &found.mismatches {
                println!("MISMATCH\n\n{}", report(&mut oracle, case)?);
            }
            println!("{}\n", found.coverage);
            println!(
                "seed {seed}, CPython {}: {} programs with {} operations ({} before a case's first difference) compared in {:.1} s ({} programs a second), {} too long, {} mismatches",
                oracle.version,
                found.cases,
                found.operations,
                found.unaided,
                found.elapsed.as_secs_f64(),
                u128::from(found.cases) * 1_000 / found.elapsed.as_millis().max(1),
                found.too_long,
                found.mismatches.len(),
            );
            Ok(found.mismatches.is_empty())
        }
        Command::Record { count, values, only_values, seed, python } => {
            let mut oracle = Oracle::start(python.as_deref())?;
            let with_values = corpus::choose(&mut oracle, Part::Values, seed, values)?;
            println!("{}\n", coverage(&with_values));
            println!("{} cases with values chosen, by CPython {}", with_values.len(), oracle.version);
            corpus::write(Part::Values, &with_values)?;
            if only_values {
                return Ok(true);
            }
            let chosen = corpus::choose(&mut oracle, Part::Chosen, seed, count)?;
            let kept = corpus::record(&mut oracle, &corpus::cases(&corpus::read(Part::Found)?))?;
            println!("{}\n", coverage(&chosen));
            println!("{} cases chosen, {} kept, by CPython {}", chosen.len(), kept.len(), oracle.version);
            corpus::write(Part::Chosen, &chosen)?;
            corpus::write(Part::Found, &kept)?;
            Ok(true)
        }
        Command::Keep { python } => {
            let mut oracle = Oracle::start(python.as_deref())?;
            let mut kept = corpus::read(Part::Found)?;
            kept.extend(corpus::record(&mut oracle, &cases_of_input()?)?);
            corpus::write(Part::Found, &kept)?;
            println!("{} cases kept", kept.len());
            Ok(true)
        }
        Command::Check { python: None } => check(),
        Command::Check { python: Some(python) } => check_answers(&python),
        Command::Keywords { count, seed, enough } => {
            let cases = match count {
                Some(count) => (0..count).map(|number| fuzz::case(seed, number)).collect(),
                None => cases_of_input()?,
            };
            let found = keyword::live::mismatches(&cases, enough)?;
            for (case, report) in &found {
                println!("\nMISMATCH\n\n{}\n{report}", keyword::render(&case.program, Loops::of(1, case)).source);
            }
            println!("{} cases, {} mismatches", cases.len(), found.len());
            Ok(found.is_empty())
        }
        Command::Render { numbers } if numbers.is_empty() => {
            for case in cases_of_input()? {
                println!("{}", keyword::render(&case.program, Loops::of(1, &case)).source);
            }
            Ok(true)
        }
        Command::Render { numbers } => {
            let corpus = corpus::read_all()?;
            for number in numbers {
                let case = &corpus.get(number).ok_or("the corpus has no case of this number")?.case;
                println!("{}", keyword::render(&case.program, Loops::of(number, case)).source);
            }
            Ok(true)
        }
        Command::Show { seed, number, python } => {
            let mut oracle = Oracle::start(python.as_deref())?;
            let cases = match seed.zip(number) {
                Some((seed, number)) => vec![fuzz::case(seed, number)],
                None => cases_of_input()?,
            };
            for case in cases {
                print!("{}", report(&mut oracle, &case)?);
            }
            Ok(true)
        }
    }
}

/// The engine against what is recorded.
fn check() -> Result<bool, Box<dyn Error>> {
    let recorded = corpus::read_all()?;
    let wrong = corpus::check(&recorded);
    for (case, mismatch) in wrong.iter().take(5) {
        println!("{mismatch}: {}", serde_json::to_string(case)?);
    }
    println!("{} of {} cases are the same", recorded.len() - wrong.len(), recorded.len());
    Ok(wrong.is_empty())
}

/// What is recorded against another CPython.
fn check_answers(python: &str) -> Result<bool, Box<dyn Error>> {
    let before = corpus::read_all()?;
    let mut oracle = Oracle::start(Some(python))?;
    let now = corpus::record(&mut oracle, &corpus::cases(&before))?;
    let changed: Vec<_> = before.iter().zip(&now).filter(|(before, now)| before.trace != now.trace).collect();
    for (before, now) in changed.iter().take(5) {
        println!("recorded {}\nnow      {}", serde_json::to_string(before)?, serde_json::to_string(now)?);
    }
    println!("CPython {}: {} of {} answers are the same", oracle.version, before.len() - changed.len(), before.len());
    Ok(changed.is_empty())
}

/// One a line.
fn cases_of_input() -> Result<Vec<Case>, Box<dyn Error>> {
    std::io::stdin().lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

fn coverage(recorded: &[corpus::Recorded]) -> Coverage {
    let mut coverage = Coverage::default();
    for recorded in recorded {
        coverage.add(&features(&recorded.case, &recorded.trace));
    }
    coverage
}
