#!/usr/bin/env python3
"""Published crates that use async-stream, built and tested with it and with asyncgen in its place: a table of both.

    python3 dropin/run.py [--light] [--only NAME].. [--write]

cargo downloads each crate as it was published. Nothing of it is changed: `[patch.crates-io]` puts the crate in `shim/` in
async-stream's place. The status is 1 if a test passes with async-stream and not with asyncgen, if there is a warning more, or
if a crate can't be tried.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from crates import CRATES
from tried import Failed, Tried, run, source, uses

REPOSITORY = Path(__file__).resolve().parent.parent
RESULTS = REPOSITORY / "dropin/RESULTS.md"
HEAD = """# Other people's crates, with asyncgen in async-stream's place

Published crates as cargo downloads them, their own tests run with async-stream 0.3.6 and, through `[patch.crates-io]`, with
asyncgen's `stream!` and `try_stream!` in its place. By `python3 dropin/run.py --write`.

- *uses*: calls of the two macros in `src` and `tests`
- *tests*: how many pass with async-stream, and how many of those with asyncgen. (One that fails with async-stream, too, as it
  needs a network or a key, is not counted.)
- *warnings*: the compiler's, in the crate itself, which are there with asyncgen alone
- *build*: processor time of `cargo build` after a touch of the crate, seconds, median of {times}, by turns. (None is given where
  the macros are in tests alone.)
"""


@dataclass
class Row:
    crate: object
    uses: int
    before: Tried
    after: Tried
    lost: list
    warnings: list

    @property
    def is_good(self):
        return bool(self.before.passed) and not self.after.error and not self.lost and not self.warnings

    def cells(self):
        passed = self.before.passed
        kept = "does not compile" if self.after.error else f"{len(passed) - len(self.lost)}"
        times = [f"{tried.median:.2f}" if tried.median else "" for tried in (self.before, self.after)]
        return [f"{self.crate.name} {self.crate.version}", self.uses, len(passed), kept, len(self.warnings), *times]


class Progress:
    """Says what is being done, and for how long: on a terminal in one line."""

    def __init__(self, of):
        self.of, self.number, self.name, self.start = of, 0, "", time.monotonic()

    def crate(self, crate):
        self.number, self.name = self.number + 1, f"{crate.name} {crate.version}"

    def __call__(self, what):
        seconds = time.monotonic() - self.start
        line = f"[{self.number}/{self.of}, {seconds:4.0f} s] {self.name}: {what}"
        print(f"\r\033[K{line}" if sys.stderr.isatty() else line, end="" if sys.stderr.isatty() else "\n",
              file=sys.stderr, flush=True)

    def end(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)


def try_crate(crate, options, progress):
    folder = options.folder / f"{crate.name}-{crate.version}"
    progress("downloading")
    published = source(crate, folder)
    before, after = (
        Tried(crate, folder / name, name == "asyncgen", options.folder / "target", options.jobs)
        for name in ("async-stream", "asyncgen")
    )
    for tried in (before, after):
        tried.copy(published)
    before.resolve()
    after.resolve(like=before)
    # (What `before` has may be newer now.)
    for tried in (before, after):
        progress(f"building with {tried.folder.name}")
        try:
            tried.build()
        except Failed as failed:
            if tried is before:
                raise
            (folder / "errors.log").write_text(str(failed))
            return Row(crate, uses(before.folder), before, after, [], [])
        progress(f"testing with {tried.folder.name}")
        tried.outcomes = tried.test()
    lost = before.passed - after.passed
    if lost:
        # What waits for a time may fail on a busy machine: once more, with both.
        progress(f"testing {len(lost)} once more")
        again = after.test(), before.test()
        lost = {test for test in lost if again[0].get(test) != "ok" and again[1].get(test) == "ok"}
    warnings = [text for key, text in after.warnings.items() if key not in before.warnings]
    if before.is_dependency and options.times:
        for number in range(options.times + 1):
            progress(f"build time, {number} of {options.times}")
            for tried in (before, after):
                tried.time()
                if number == 0:
                    tried.times.clear()  # All was built for the first time.
    return Row(crate, uses(before.folder), before, after, sorted(lost), warnings)


def table(rows):
    head = ["crate", "uses", "tests: async-stream", "asyncgen", "new warnings", "build: async-stream", "asyncgen"]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    lines += [row.cells() for row in rows]
    kept = sum(len(row.before.passed) - len(row.lost) for row in rows if not row.after.error)
    lines.append([f"{len(rows)} crates", sum(row.uses for row in rows), sum(len(row.before.passed) for row in rows), kept,
                  sum(len(row.warnings) for row in rows), "", ""])
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", action="append", help="this crate; may be given several times")
    parser.add_argument("--light", action="store_true", help="the crates alone that are built quickly")
    parser.add_argument("--times", metavar="N", type=int, default=5, help="builds after a touch; 0: none (default: 5)")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count(), help="jobs, and threads of the tests")
    parser.add_argument("--folder", type=Path, help="where all is built (default: target/dropin)")
    parser.add_argument("--write", action="store_true", help="writes dropin/RESULTS.md as well")
    options = parser.parse_args()
    unknown = set(options.only or ()) - {crate.name for crate in CRATES}
    if unknown:
        parser.error(f"there is no crate {', '.join(sorted(unknown))}: {', '.join(crate.name for crate in CRATES)}")
    options.folder = (options.folder or Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "dropin").resolve()
    chosen = [crate for crate in CRATES if crate.name in options.only] if options.only else CRATES
    chosen = [crate for crate in chosen if crate.light or not options.light]

    progress, rows, untried = Progress(len(chosen)), [], []
    for crate in chosen:
        progress.crate(crate)
        try:
            rows.append(try_crate(crate, options, progress))
        except Failed as failed:
            untried.append((crate, failed))
    progress.end()

    for crate, failed in untried:
        print(f"{crate.name} can't be tried:\n{failed}\n")
    for row in rows:
        for text in ([row.after.error] if row.after.error else []) + row.warnings:
            print(f"{row.crate.name}: {text}")
        for binary, test in row.lost:
            print(f"{row.crate.name}: {binary}: {test} passes with async-stream alone")
    print(table(rows))
    if options.write:
        compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        RESULTS.write_text(f"{HEAD.format(times=options.times)}\n{compiler}, {platform.machine()}\n\n{table(rows)}\n")
    sys.exit(bool(untried) or not all(row.is_good for row in rows))


if __name__ == "__main__":
    main()
