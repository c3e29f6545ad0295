"""Does the recorded corpus notice faults of the engine? Puts each one into a copy of the workspace, and runs `check`.

    python3 conformance/mutations/run.py [name ..]

A fault is a piece of the engine's source and what replaces it. If the piece is not there exactly once, the fault is
out of date, and that is an error: the engine has changed, and the fault must be written anew.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[2]

FAULTS = {
    "clean-up is skipped when an exception is on its way": (
        "None => match inner.poll(cx) {",
        "None if matches!(this.outcome, Some(Err(_))) => None,\n            None => match inner.poll(cx) {",
    ),
    "a sent value is lost": (
        "self.send(value);\n                Ok(())",
        "self.send(S::nothing().unwrap_or(value));\n                Ok(())",
    ),
    "an exception is raised at an outer scope": ("if self.depth() == level {", "if self.depth() >= level {"),
    "a generator is not closed after an error": (
        "self.close();\n        match exception {",
        "if closing {\n            self.close();\n        }\n        match exception {",
    ),
    "clean-up is interrupted at its awaits": ("|| !self.masked.get()", "|| true"),
    "the mask is never lowered": ("self.entered.mailbox.replace_mask(before);", "let _ = before;"),
    "athrow runs the body of a generator that was not started": ("this.mailbox().raise(exception);", "let _ = exception;"),
    "asend starts a generator with a value": (
        "(State::Created, Resume::Send(value)) => return Err(Refused::JustStarted(value)),",
        "(State::Created, Resume::Send(_)) => self.make_body(),",
    ),
    "asend carries on with a step in flight": (
        "(State::Running, resume @ Resume::Send(_)) => return Err(Refused::AlreadyRunning(resume)),\n            (State::Running, resume @",
        "(State::Running, Resume::Send(_)) => {}\n            (State::Running, resume @",
    ),
    "aclose throws a second time": (
        "(State::Running, Resume::Close) if mailbox.is_closing() => {}",
        "(State::Running, Resume::Close) if false => {}",
    ),
    "a closing that is carried on with raises GeneratorExit": (
        "Exception::GeneratorExit if closing =>",
        "Exception::GeneratorExit if false =>",
    ),
    "a closing never ends": ("self.signal.set(Signal::Suspended);\n        self.closing.set(false);", "self.signal.set(Signal::Suspended);"),
    "an error of clean-up does not replace the one on its way": (
        "drop(replaced);\n                Some(end)",
        "match replaced {\n                    Some(Err(first)) => Some(Err(first)),\n                    _ => Some(end),\n                }",
    ),
    "GeneratorExit on its way goes before an error that waits": (
        "Some(Ok(_) | Err(Exception::GeneratorExit)) if mailbox.exception_is_due() => {}",
        "Some(Ok(_)) if mailbox.exception_is_due() => {}",
    ),
    "a yield raises both exceptions that wait": (
        "Signal::Thrown => self.signal.set(Signal::Raised),",
        "Signal::Thrown => {\n                self.signal.set(Signal::Raised);\n                if self.exit.get() == Exit::Waiting {\n                    self.exit.set(Exit::Raised);\n                }\n            }",
    ),
    "what waits is lost when an error goes first": ("self.put_error(error, Signal::Thrown);", "drop(error);"),
    "what waits is lost at the end of the body": ("Ok(()) => self.mailbox().take_any_exception(),", "Ok(()) => None,"),
    "a delegate is not sent values": ("mailbox.take_sent().map(Resume::Send)", "mailbox.take_sent().map(|_| Resume::Next)"),
    "GeneratorExit does not go on after a delegation": (
        "raised.or_else(|| self.closing.get().then_some(Exception::GeneratorExit))",
        "raised",
    ),
    "a delegate's error is swallowed": (
        "raised.or_else(|| self.closing.get().then_some(Exception::GeneratorExit))",
        "(raised.is_none() && self.closing.get()).then_some(Exception::GeneratorExit)",
    ),
    "a value that a direct delegate yields leaves the closings around it": (
        "if self.closing_around.get() {",
        "if false {",
    ),
    "an exception comes to the innermost of direct delegates alone": (
        "(_, resume) => return Ok(Some(resume)),",
        "(_, resume) => self.as_mut().begin_innermost(resume)?,",
    ),
    "an error that comes to the innermost at once leaves the closings around it": (
        "let closing = self.is_closing() || frame.closing.get() || frame.closing_around.get();",
        "let closing = false;",
    ),
    "an error that comes to the innermost at once goes past the clean-up around it": (
        "!(closing || frame.masked.get())",
        "!closing",
    ),
    "a second error that comes to the innermost at once is refused": (
        "Err(Refused::AlreadyRunning(resume)) => return Ok(Some(resume)),",
        "Err(refused @ Refused::AlreadyRunning(_)) => return Err(refused),",
    ),
    "a frame does not know of the closings around it": (
        "frame.closing_around.set(around.is_some_and(|around| around.closing.get() || around.closing_around.get()));",
        "let _ = around;",
    ),
    "the end of a direct delegate does not give back the body that waited": (
        "frame.mailbox().take_back(false);",
        "let _ = frame.mailbox();",
    ),
    "an error on top of a closing makes the delegation forget it": (
        "if raised.is_none() && self.closing_outside.get() {",
        "if false {",
    ),
    "a value that a direct delegate yields leaves the generator running": (
        "self.set_inside(true);",
        "self.set_inside(false);",
    ),
    "a value that a direct delegate yields leaves the generator closing": (
        "self.set_closing(false);\n                    self.set_inside(true);",
        "self.set_inside(true);",
    ),
    "asend carries on with the step of a direct delegate": (
        "(_, Resume::Send(value)) if !value.is_nothing() =>",
        "(_, Resume::Send(_)) if false =>",
    ),
}


def copy_of_workspace(to):
    shutil.copytree(WORKSPACE, to, symlinks=False, ignore=shutil.ignore_patterns("target", ".git", "__pycache__", "fuzz"))


def place(workspace, piece):
    """The file that this piece of source is in, if it is there exactly once."""
    sources = (workspace / "crates/asyncgen/src").rglob("*.rs")
    files = [path for path in sources for _ in range(path.read_text().count(piece))]
    return files[0] if len(files) == 1 else None


def check(workspace, environment):
    """How many cases of the corpus are not answered as recorded, in words, and how long it took to find that out."""
    build = ["cargo", "build", "--quiet", "--release", "-p", "conformance"]
    subprocess.run(build, cwd=workspace, env=environment, check=True, stderr=subprocess.DEVNULL)
    program = Path(environment["CARGO_TARGET_DIR"]) / "release/conformance"
    start = time.monotonic()
    try:
        run = subprocess.run([program, "check"], cwd=workspace, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "does not end", 60
    seconds = time.monotonic() - start
    counts = re.search(r"^(\d+) of (\d+) cases are the same$", run.stdout, re.MULTILINE)
    if not counts:
        return f"crash ({run.returncode})", seconds
    return str(int(counts[2]) - int(counts[1])), seconds


def main(names):
    faults = {name: FAULTS[name] for name in names or FAULTS}
    outdated = [name for name, (piece, _) in faults.items() if not place(WORKSPACE, piece)]
    if outdated:
        raise SystemExit(f"out of date: {'; '.join(outdated)}")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Path(scratch) / "workspace"
        copy_of_workspace(workspace)
        environment = {**os.environ, "CARGO_TARGET_DIR": str(Path(scratch) / "target")}
        wrong, _ = check(workspace, environment)
        if wrong != "0":
            raise SystemExit(f"without a fault, the corpus is not answered as recorded: {wrong}")
        for number, (name, (piece, replacement)) in enumerate(faults.items(), 1):
            path = place(workspace, piece)
            before = path.read_text()
            path.write_text(before.replace(piece, replacement))
            rows.append((name, *check(workspace, environment)))
            path.write_text(before)
            print(f"{number} of {len(faults)}: {name}: {rows[-1][1]}", flush=True)
    print("\n| fault | cases that notice it | seconds |\n|---|---|---|")
    for name, noticed, seconds in rows:
        print(f"| {name} | {noticed} | {seconds:.1f} |")
    missed = [name for name, noticed, _ in rows if noticed == "0"]
    print(f"{len(rows) - len(missed)} of {len(rows)} faults are noticed")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main(sys.argv[1:])
