//! CPython as the oracle of the keyword form: programs of the recorded corpus are compiled as `async_gen!` source, and
//! must answer as CPython did. The oracle's README says more.
#![allow(clippy::doc_markdown, reason = "CPython is a name, not code")]

use conformance::compare::{Mismatch, compare};
use conformance::corpus::read_all;
use conformance::interpret::run_as_keywords;
use conformance::keyword::{Compiled, World};
use conformance::program::{Case, Op};
use conformance::script::play;
use conformance::trace::Trace;

/// How many more scripts each program is played, besides its own.
const SCRIPTS: usize = 50;
/// How many differences are shown of each kind.
const SHOWN: usize = 5;

/// Compares these programs with CPython's recorded answers; and with the closure form's answers to other scripts, those
/// of the corpus that come after the program's own.
///
/// # Panics
///
/// If some are not the same.
pub fn check(programs: &[Compiled]) {
    let corpus = read_all().expect("the corpus is there");
    let (mut recorded, mut others) = (Verdict::new("CPython"), Verdict::new("closures"));
    for program in programs {
        let case = &corpus[program.number].case;
        recorded.add(program, case, &corpus[program.number].trace);
        for other in corpus.iter().cycle().skip(program.number + 1).take(SCRIPTS) {
            let case = Case { program: case.program.clone(), script: other.case.script.clone() };
            others.add(program, &case, &run_as_keywords(&case, program.loops));
        }
    }
    println!("{} of {} recorded cases are the same", recorded.all - recorded.wrong, recorded.all);
    println!("{} of {} cases with other scripts are the same", others.all - others.wrong, others.all);
    assert_eq!((recorded.wrong, others.wrong), (0, 0));
}

/// Compares programs that are not of the corpus with the closure form's answers. `path` is where the cases are.
///
/// # Panics
///
/// If some are not the same.
pub fn check_cases(programs: &[Compiled], path: Option<&str>) {
    let Some(path) = path else { return };
    let cases = std::fs::read_to_string(path).expect("the cases are there");
    let mut verdict = Verdict { shown: usize::MAX, ..Verdict::new("closures") };
    for (program, case) in programs.iter().zip(cases.lines()) {
        let case = serde_json::from_str(case).expect("it was read before");
        verdict.add(program, &case, &run_as_keywords(&case, program.loops));
    }
    println!("{} of {} cases are the same", verdict.all - verdict.wrong, verdict.all);
    assert_eq!(verdict.wrong, 0);
}

struct Verdict {
    /// Whose answers are expected.
    whose: &'static str,
    /// How many differences are shown.
    shown: usize,
    all: usize,
    wrong: usize,
}

impl Verdict {
    fn new(whose: &'static str) -> Self {
        Self { whose, shown: SHOWN, all: 0, wrong: 0 }
    }

    fn add(&mut self, program: &Compiled, case: &Case, expected: &Trace) {
        let (ours, expected) = (run(program, &case.script), audible(program, expected));
        self.all += 1;
        let Err(mismatch) = compare(case, &ours, &expected) else { return };
        self.wrong += 1;
        if self.wrong > self.shown {
            return;
        }
        println!("program {} ({:?}): {mismatch}", program.number, program.loops);
        println!("{}", serde_json::to_string(case).expect("a case has a JSON form"));
        if let Mismatch::Step(number) = mismatch {
            println!("    {:?}", case.script[number]);
            println!("    keywords {}", ours[number]);
            println!("    {:8} {}", self.whose, expected[number]);
        }
    }
}

fn run(program: &Compiled, script: &[Op]) -> Trace {
    let world = World::default();
    play(script, (program.make)(&world), || world.words())
}

/// A trace without the words that this program's generators do not log.
fn audible(program: &Compiled, trace: &Trace) -> Trace {
    let silent: Vec<String> = program.silent.iter().map(|index| format!("end{index}")).collect();
    let mut trace = trace.clone();
    for step in &mut trace {
        step.2 = step.2.split(' ').filter(|word| !silent.iter().any(|end| end == word)).collect::<Vec<_>>().join(" ");
    }
    trace
}
