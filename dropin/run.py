#!/usr/bin/env python3
"""Published crates that use async-stream, built and tested with it and with asyncgen in its place: a table of both.

    python3 dropin/run.py [--light] [--only NAME].. [--write] [--keep]

cargo downloads each crate as it was published. Nothing of it is changed: `[patch.crates-io]` puts the crate in `shim/` in
async-stream's place. The status is 1 if a test passes with async-stream and not with asyncgen, if there is a warning more, or
if a crate can't be tried.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
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
- *build*: processor time of `cargo build` after a touch of the crate, seconds, median of {times} or fewer, by turns. (None is given where
  the macros are in tests alone, or where it was not measured.)
"""


@dataclass
class Row:
    """What came of a crate."""

    name: str
    uses: int
    passed: int  # with async-stream
    error: str = ""  # With asyncgen it does not compile.
    lost: list = field(default_factory=list)  # tests
    warnings: list = field(default_factory=list)
    times: list = field(default_factory=list)

    @property
    def kept(self):
        return 0 if self.error else self.passed - len(self.lost)

    @property
    def is_good(self):
        return self.passed > 0 and not (self.error or self.lost or self.warnings)

    def cells(self):
        kept = "does not compile" if self.error else self.kept
        times = [f"{time:.2f}" for time in self.times] or ["", ""]
        return [self.name, self.uses, self.passed, kept, len(self.warnings), *times]

    def complain(self):
        for text in ([self.error] if self.error else []) + self.warnings:
            print(f"{self.name}: {text}")
        for test in self.lost:
            print(f"{self.name}: {test} passes with async-stream alone")
        if not self.passed:
            print(f"{self.name}: no test passes with async-stream")


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
    kept = folder / "row.json"
    if options.keep and kept.exists():
        return Row(**json.loads(kept.read_text()))
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
    row = compare(before, after, options, progress)
    row.name, row.uses = f"{crate.name} {crate.version}", uses(published)
    kept.write_text(json.dumps(asdict(row)))
    return row


def compare(before, after, options, progress):
    row = Row("", 0, 0)
    for tried in (before, after):
        progress(f"building with {tried.folder.name}")
        try:
            tried.build()
        except Failed as failed:
            if tried is before:
                raise
            row.error = str(failed)
            return row
        progress(f"testing with {tried.folder.name}")
        tried.outcomes = tried.test()
        row.passed = row.passed or len(tried.passed)
    lost = before.passed - after.passed
    if lost:
        # What waits for a time may fail on a busy machine: once more, with both.
        progress(f"testing {len(lost)} once more")
        again = after.test(), before.test()
        lost = {test for test in lost if again[0].get(test) != "ok" and again[1].get(test) == "ok"}
    row.lost = sorted(f"{binary}: {test}" for binary, test in lost)
    row.warnings = [text for key, text in after.warnings.items() if key not in before.warnings]
    if before.is_dependency and options.times:
        for number in range(options.times + 1):
            progress(f"build time, {number} of {options.times}")
            for tried in (before, after):
                tried.time()
                if number == 0:
                    tried.times.clear()  # All was built for the first time.
        row.times = [before.median, after.median]
    return row


def table(rows):
    head = ["crate", "uses", "tests: async-stream", "asyncgen", "new warnings", "build: async-stream", "asyncgen"]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    lines += [row.cells() for row in rows]
    totals = [sum(row.uses for row in rows), sum(row.passed for row in rows), sum(row.kept for row in rows)]
    lines.append([f"{len(rows)} crates", *totals, sum(len(row.warnings) for row in rows), "", ""])
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", action="append", help="this crate; may be given several times")
    parser.add_argument("--light", action="store_true", help="the crates alone that are built quickly")
    parser.add_argument("--times", metavar="N", type=int, default=5, help="builds after a touch; 0: none (default: 5)")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count(), help="jobs, and threads of the tests")
    parser.add_argument("--folder", type=Path, help="where all is built (default: target/dropin)")
    parser.add_argument("--keep", action="store_true", help="what is in that folder of an earlier run is not tried again")
    parser.add_argument("--write", action="store_true", help="writes dropin/RESULTS.md as well")
    options = parser.parse_args()
    if options.write and (options.only or options.light):
        parser.error("--write writes the whole table: without --only and --light")
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
            untried.append(crate)
            progress.end()
            print(f"{crate.name} can't be tried:\n{failed}\n", flush=True)
    progress.end()

    for row in rows:
        row.complain()
    print(table(rows))
    if options.write:
        compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        RESULTS.write_text(f"{HEAD.format(times=options.times)}\n{compiler}, {platform.machine()}\n\n{table(rows)}\n")
    sys.exit(bool(untried) or not all(row.is_good for row in rows))


if __name__ == "__main__":
    main()
