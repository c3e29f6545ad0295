//! The tour, run as a program on real files.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A text file in a folder of its own.
struct Tour {
    folder: TempDir,
    text: PathBuf,
}

impl Tour {
    fn of(content: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let text = folder.path().join("text");
        fs::write(&text, content).unwrap();
        Self { folder, text }
    }

    fn start(&self, stdin: Stdio) -> Child {
        start(&self.text, stdin)
    }

    /// Runs the tour with these commands; returns what it printed.
    fn run(&self, commands: &str) -> Ran {
        let mut child = self.start(Stdio::piped());
        child.stdin.take().unwrap().write_all(commands.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    fn bookmark(&self) -> Option<String> {
        fs::read_to_string(self.folder.path().join("text.bookmark")).ok()
    }

    fn set_bookmark(&self, content: &str) {
        fs::write(self.folder.path().join("text.bookmark"), content).unwrap();
    }
}

fn start(text: &Path, stdin: Stdio) -> Child {
    let mut command = Command::new(support::example("tour"));
    command.arg(text).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

struct Ran {
    stdout: String,
    stderr: String,
    code: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
    }
}

impl Ran {
    /// It went well, and said nothing on standard error.
    #[track_caller]
    fn well(self) -> Self {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""), "standard output:\n{}", self.stdout);
        self
    }

    /// What came back from each command: the first line of each answer, and its clause's number.
    fn answers(&self) -> Vec<(&str, &str)> {
        let lines: Vec<_> = self.stdout.lines().collect();
        let answer = |at: usize| {
            if lines.get(at + 1)?.starts_with('>') {
                return None;
            }
            let (clause, _) = lines.get(at + 2)?.trim().split_once(':')?;
            Some((lines[at + 1].trim(), clause))
        };
        (0..lines.len()).filter(|at| lines[*at].starts_with('>')).filter_map(answer).collect()
    }
}

const CLOSED: (&str, &str) = ("closed", "C12");
const POEM: &str = "one\ntwo\nthree\nfour\n";

#[test]
fn each_operation_prints_what_came_back_and_its_clause() {
    let tour = Tour::of(POEM);
    let ran = tour.run("state\nnext\nnext\nsend 4\nthrow a stone\nsend 2\nstate\nclose\nstate\n").well();
    let expected = [
        ("Created", "C1"),
        ("line 1: one", "C2"),
        ("line 2: two", "C5"),
        ("line 4: four", "C4"),
        ("the body caught \"a stone\", and goes on", "C9"),
        ("line 2: two", "C4"),
        ("Suspended", "C2"),
        CLOSED,
        ("Closed", "C17"),
    ];
    assert_eq!(ran.answers(), expected);
}

#[test]
fn operations_before_the_start_and_after_the_end_say_so() {
    let tour = Tour::of("only\n");
    let ran = tour.run("send 1\nnext\nnext\nnext\nsend 1\nthrow it\nclose\n").well();
    let refused = "refused: can't send a value to a just-started async generator";
    let expected = [
        (refused, "C3"),
        ("line 1: only", "C2"),
        ("StopAsyncIteration", "C6"),
        ("StopAsyncIteration", "C6"),
        ("StopAsyncIteration", "C6"),
        ("nothing", "C11"),
        ("closed", "C13"),
    ];
    assert_eq!(ran.answers(), expected);

    let ran = tour.run("throw it\nstate\n").well();
    assert_eq!(ran.answers(), [("raised: it", "C10"), ("Closed", "C17")]);
}

#[test]
fn the_next_run_starts_where_the_last_one_stopped() {
    let tour = Tour::of(POEM);
    tour.run("next\nnext\nclose\n").well();
    assert_eq!(tour.bookmark().as_deref(), Some("3\n"));
    let ran = tour.run("next\n").well();
    assert_eq!(ran.answers(), [("line 3: three", "C2"), CLOSED], "closed also at the end of the commands");
    assert_eq!(tour.bookmark().as_deref(), Some("4\n"));
    tour.run("next\nnext\n").well();
    assert_eq!(tour.bookmark().as_deref(), Some("1\n"), "from the beginning again after the end");
}

#[test]
fn a_run_that_reads_nothing_leaves_the_bookmark_alone() {
    let tour = Tour::of(POEM);
    tour.set_bookmark("3\n");
    tour.run("state\nclose\n").well();
    assert_eq!(tour.bookmark().as_deref(), Some("3\n"));
}

#[test]
fn without_commands_the_built_in_script_runs() {
    for stdin in [Stdio::null(), Stdio::piped()] {
        let tour = Tour::of(POEM);
        let ran = Ran::from(tour.start(stdin).wait_with_output().unwrap()).well();
        let clauses: Vec<_> = ran.answers().iter().map(|(_, clause)| *clause).collect();
        assert_eq!(clauses, ["C1", "C3", "C2", "C5", "C4", "C9", "C5", "C2", "C12", "C6", "C11", "C13", "C17"]);
        assert_eq!(tour.bookmark().as_deref(), Some("3\n"));
    }
}

#[test]
fn the_script_copes_with_texts_of_few_lines() {
    for content in ["", "one", "one\ntwo"] {
        Ran::from(Tour::of(content).start(Stdio::null()).wait_with_output().unwrap()).well();
    }
}

#[test]
fn a_missing_file_is_an_error() {
    let tour = Tour::of("");
    let missing = tour.folder.path().join("no such text");
    let ran = Ran::from(start(&missing, Stdio::null()).wait_with_output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("can't open") && ran.stderr.contains("no such text"), "{}", ran.stderr);
}

#[test]
fn a_folder_is_not_a_text() {
    let tour = Tour::of("");
    let ran = Ran::from(start(tour.folder.path(), Stdio::null()).wait_with_output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("not a regular file"), "{}", ran.stderr);
}

#[test]
fn a_missing_argument_is_an_error() {
    let output = Command::new(support::example("tour")).stdin(Stdio::null()).output().unwrap();
    let ran = Ran::from(output);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("usage: "), "{}", ran.stderr);
}

#[test]
fn a_bad_command_is_an_error_and_loses_nothing() {
    for (bad, message) in [
        ("jump", "`jump` is not known"),
        ("next please", "`next please` is not known"),
        ("send", "`` is not a line number"),
        ("send two", "`two` is not a line number"),
        ("send -1", "`-1` is not a line number"),
        ("throw", "there is no text to throw"),
    ] {
        let tour = Tour::of(POEM);
        let ran = tour.run(&format!("next\n{bad}\nnext\n"));
        assert_eq!(ran.code, Some(1), "{bad}");
        assert!(ran.stderr.contains("bad command") && ran.stderr.contains(message), "{bad}: {}", ran.stderr);
        assert_eq!(ran.answers(), [("line 1: one", "C2"), ("line 2: two", "C5"), CLOSED], "{bad}");
        assert_eq!(tour.bookmark().as_deref(), Some("3\n"), "{bad}");
    }
}

#[test]
fn a_line_number_out_of_range_is_told_and_loses_nothing() {
    for number in ["0", "5", "99999999999999999999999"] {
        let tour = Tour::of(POEM);
        let ran = tour.run(&format!("next\nsend {number}\nnext\n"));
        assert_eq!(ran.code, Some(0), "{number}");
        assert!(ran.stderr.contains("there is no line"), "{number}: {}", ran.stderr);
        assert!(ran.stderr.contains("the last one is line 4"), "{number}: {}", ran.stderr);
        assert_eq!(ran.answers()[2], ("line 2: two", "C5"), "{number}");
        assert_eq!(tour.bookmark().as_deref(), Some("3\n"), "{number}");
    }
}

#[test]
fn a_bookmark_that_is_no_use_is_replaced() {
    let tour = Tour::of(POEM);
    tour.set_bookmark("coffee stain");
    let ran = tour.run("next\n");
    assert_eq!((ran.code, ran.answers()[0]), (Some(0), ("line 1: one", "C2")));
    assert!(ran.stderr.contains("can't read the bookmark"), "{}", ran.stderr);
    assert_eq!(tour.bookmark().as_deref(), Some("2\n"));

    tour.set_bookmark("70\n");
    assert_eq!(tour.run("next\n").well().answers()[0], ("line 1: one", "C2"), "the text has become shorter");
}

#[test]
fn a_bookmark_that_cannot_be_written_is_an_error() {
    let tour = Tour::of(POEM);
    // A folder in its place.
    fs::create_dir(tour.folder.path().join("text.bookmark")).unwrap();
    let ran = tour.run("next\nclose\n");
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("can't write the bookmark"), "{}", ran.stderr);
    assert_eq!(ran.answers()[1].1, "C14", "{}", ran.stdout);
}

#[test]
fn any_bytes_can_be_read() {
    let tour = Tour::of(b"caf\xe9\r\n\r\nend without newline");
    let ran = tour.run("next\nnext\nnext\nnext\n").well();
    let lines: Vec<_> = ran.answers().iter().map(|(answer, _)| *answer).collect();
    assert_eq!(lines, ["line 1: caf\u{FFFD}", "line 2:", "line 3: end without newline", "StopAsyncIteration"]);
}

#[test]
fn a_large_text_is_sought_in_both_directions() {
    let mut content = (1..=100_000).map(|number| format!("this is line {number}\n")).collect::<Vec<_>>().concat();
    content += &"x".repeat(1_000_000);
    let tour = Tour::of(content);
    let ran = tour.run("next\nsend 99999\nnext\nsend 300\nnext\nsend 256\nsend 257\nsend 100001\nsend 100002\n");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let answers = ran.answers();
    let numbers = [1, 99_999, 100_000, 300, 301, 256, 257];
    for (number, (answer, _)) in numbers.iter().zip(&answers) {
        assert_eq!(*answer, format!("line {number}: this is line {number}"));
    }
    assert_eq!(answers[7].0, format!("line 100001: {}…", "x".repeat(4096)), "a long line is shortened");
    assert_eq!(answers[8].0, "there is no line 100002: the last one is line 100001");
}

/// `tour .. | head -1`
#[test]
fn nothing_is_lost_when_nobody_reads_what_is_printed() {
    let tour = Tour::of(POEM);
    let mut child = tour.start(Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"next\n").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.find(|line| line.contains("line 1: one")).unwrap();
    drop(lines);
    // It may have gone before it has read them all.
    drop(stdin.write_all(b"next\nnext\nnext\n"));
    drop(stdin);
    Ran::from(child.wait_with_output().unwrap()).well();
    assert!(tour.bookmark().is_some());
}

#[cfg(unix)]
#[test]
fn ctrl_c_closes_the_generator() {
    let tour = Tour::of(POEM);
    let mut child = tour.start(Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"next\n").unwrap();
    // Until the line has come, the generator has not been started.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.find(|line| line.contains("line 1: one")).unwrap();
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert!(lines.any(|line| line.contains("C12")), "closed");
    assert!(child.wait().unwrap().success());
    assert_eq!(tour.bookmark().as_deref(), Some("2\n"));
}
