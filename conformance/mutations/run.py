"""Does the recorded corpus notice faults of the engine, and of the keyword form? Puts each one into a copy of the
workspace, and runs `check`, or the tests of `keyword/`.

    python3 conformance/mutations/run.py [engine | keyword | name ..]

A fault is a piece of the source and what replaces it. If the piece is not there exactly once, the fault is
out of date, and that is an error: the source has changed, and the fault must be written anew. So it is if what replaces
it does not compile. With CARGO_TARGET_DIR set, dependencies are not built anew each time.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import engine_faults as engine
import keyword_faults as keyword

WORKSPACE = Path(__file__).resolve().parents[2]

# Of the keyword form, a build of all takes minutes. `KEYWORD_PROGRAMS` is another number: with 40, some faults are not noticed.
PROGRAMS = os.environ.get("KEYWORD_PROGRAMS", "240")

DOES_NOT_COMPILE = "does not compile"


def copy_of_workspace(to):
    ignored = shutil.ignore_patterns("target", ".git", "__pycache__", "fuzz")
    # All is newer than what was built of an earlier copy, which may have had a fault.
    shutil.copytree(WORKSPACE, to, symlinks=False, copy_function=shutil.copy, ignore=ignored)


def place(workspace, piece):
    """The file that this piece of source is in, if it is there exactly once."""
    sources = [path for crate in ("asyncgen", "asyncgen-macros") for path in (workspace / "crates" / crate / "src").rglob("*.rs")]
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


def check_keyword(workspace, environment):
    """The same with the keyword form's programs, of which a part will do; the cases with other scripts in addition."""
    environment = {**environment, "KEYWORD_PROGRAMS": PROGRAMS}
    test = ["cargo", "test", "--quiet", "-p", "conformance-keyword", "--test", "part_*", "--no-fail-fast"]
    subprocess.run([*test, "--no-run"], cwd=workspace, env=environment, check=True, stderr=subprocess.DEVNULL)
    start = time.monotonic()
    try:
        command = [*test, "--", "--nocapture"]
        run = subprocess.run(command, cwd=workspace, env=environment, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return "does not end", 300
    seconds = time.monotonic() - start

    def count(which):
        counts = re.findall(rf"^(\d+) of (\d+) {which} are the same$", run.stdout, re.MULTILINE)
        return sum(int(of) - int(same) for same, of in counts) if counts else None

    recorded, others = count("recorded cases"), count("cases with other scripts")
    if recorded is None or others is None:
        return f"crash ({run.returncode})", seconds
    return "0" if recorded == others == 0 else f"{recorded} and {others}", seconds


def main(names):
    kinds = {"engine": (engine.FAULTS, check), "keyword": (keyword.FAULTS, check_keyword)}
    faults = {
        (kind, name): (fault, how)
        for kind, (faults, how) in kinds.items()
        for name, fault in faults.items()
        if not names or kind in names or name in names
    }
    outdated = [name for (_, name), ((piece, _), _) in faults.items() if not place(WORKSPACE, piece)]
    if outdated:
        raise SystemExit(f"out of date: {'; '.join(outdated)}")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Path(scratch) / "workspace"
        copy_of_workspace(workspace)
        environment = {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_TARGET_DIR": str(Path(scratch) / "target"), **os.environ}
        for how in {how for _, how in faults.values()}:
            wrong, _ = how(workspace, environment)
            if wrong != "0":
                raise SystemExit(f"without a fault, the corpus is not answered as recorded: {wrong}")
        for number, ((_, name), ((piece, replacement), how)) in enumerate(faults.items(), 1):
            path = place(workspace, piece)
            before = path.read_text()
            path.write_text(before.replace(piece, replacement))
            try:
                rows.append((name, *how(workspace, environment)))
            except subprocess.CalledProcessError:
                rows.append((name, DOES_NOT_COMPILE, 0))
            path.write_text(before)
            print(f"{number} of {len(faults)}: {name}: {rows[-1][1]}", flush=True)
    print("\n| fault | cases that notice it | seconds |\n|---|---|---|")
    for name, noticed, seconds in rows:
        print(f"| {name} | {noticed} | {seconds:.1f} |")
    missed = [name for name, noticed, _ in rows if noticed in ("0", DOES_NOT_COMPILE)]
    print(f"{len(rows) - len(missed)} of {len(rows)} faults are noticed")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main(sys.argv[1:])
