// Runs a folder with a `__main__.py`, as `python -B -I folder` does, on standard input and output.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv.at(-1));
const { loadPyodide } = await import(pathToFileURL(process.env.PYODIDE));
const pyodide = await loadPyodide();

pyodide.setStdin({ read: (buffer) => fs.readSync(0, buffer), isatty: false });
pyodide.setStdout({ write: (buffer) => fs.writeSync(1, buffer), isatty: false });
pyodide.setStderr({ write: (buffer) => fs.writeSync(2, buffer), isatty: false });

pyodide.FS.mkdirTree("/oracle");
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: folder }, "/oracle");
pyodide.runPython(`
import runpy, sys
sys.dont_write_bytecode = True
runpy.run_path("/oracle", run_name="__main__")
`);
