"""Does the recorded corpus notice faults of the engine? Puts each one into a copy of the workspace, and runs `check`.

    python3 conformance/mutations/run.py [name ..]

A fault is a piece of the engine's source and what replaces it. If the piece is not there exactly once, the fault is
out of date, and that is an error: the engine has changed, and the fault must be written anew.
"""

import os
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
    "a closing never ends": ("self.closing.set(false);", ""),
    "an error of clean-up does not replace the one on its way": (
        "drop(replaced);\n                Some(Err(error))",
        "match replaced {\n                    Some(Err(first)) => Some(Err(first)),\n                    _ => Some(Err(error)),\n                }",
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
    "GeneratorExit does not go on after a delegation": ("this.frame.closing.get().then_some(Exception::GeneratorExit)", "None"),
    "a delegate's error is swallowed": ("*this.outcome = Some(exception);", "let _ = exception;"),
    "a direct delegation closes its innermost generator only": (
        "around.closing.set(around.closing.get() || frame.closing.get());",
        "",
    ),
}


def copy_of_workspace(to):
    shutil.copytree(WORKSPACE, to, symlinks=False, ignore=shutil.ignore_patterns("target", ".git", "__pycache__"))


def insert(workspace, fault):
    """Puts a fault in; returns the file and its text before."""
    piece, replacement = fault
    sources = {path: path.read_text() for path in (workspace / "crates/asyncgen/src").rglob("*.rs")}
    places = [path for path, text in sources.items() for _ in range(text.count(piece))]
    if len(places) != 1:
        raise SystemExit(f"out of date: it is there {len(places)} times: {piece}")
    path = places[0]
    path.write_text(sources[path].replace(piece, replacement))
    return path, sources[path]


def check(workspace, environment):
    """Is the corpus answered as recorded? And what `check` said last."""
    build = ["cargo", "build", "--quiet", "--release", "-p", "conformance"]
    subprocess.run(build, cwd=workspace, env=environment, check=True, stderr=subprocess.DEVNULL)
    program = Path(environment["CARGO_TARGET_DIR"]) / "release/conformance"
    try:
        run = subprocess.run([program, "check"], cwd=workspace, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return False, "it does not end"
    last = (run.stdout.splitlines() or ["it crashed"])[-1]
    return run.returncode == 0, last


def main(names):
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Path(scratch) / "workspace"
        copy_of_workspace(workspace)
        environment = {**os.environ, "CARGO_TARGET_DIR": str(Path(scratch) / "target")}
        sound, last = check(workspace, environment)
        print(f"without a fault: {last}", flush=True)
        missed = [] if sound else ["without a fault"]
        for name in names or FAULTS:
            path, before = insert(workspace, FAULTS[name])
            start = time.monotonic()
            unnoticed, last = check(workspace, environment)
            seconds = time.monotonic() - start
            print(f"{'MISSED' if unnoticed else 'caught'}: {name} ({last}; {seconds:.0f} s with the build)", flush=True)
            path.write_text(before)
            if unnoticed:
                missed.append(name)
        if missed:
            raise SystemExit(f"not as it should be: {', '.join(missed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
