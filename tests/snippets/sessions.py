"""Who runs the commands and the Python of a page: this process, or an environment of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import shlex
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hamsim.cli.main import main

__all__ = ["PYTHON", "Answer", "Here", "There", "python_of_tutorials"]

# Names the interpreter with which tutorials are followed; without it, it is that of the tests.
PYTHON = "HAMSIM_TUTORIALS_PYTHON"
_SECONDS = 600


class Answer:
    """What was printed, the exit status (0 if all went well), and modules that are not there."""

    def __init__(self, printed: str, status: int = 0, missing: tuple[str, ...] = ()):
        self.printed, self.status, self.missing = printed, status, missing


def python_of_tutorials() -> Path:
    """The interpreter of the environment in which tutorials are followed."""
    return Path(os.environ.get(PYTHON) or sys.executable).absolute()


class There:
    """Commands in a shell and Python in one process, both of the environment of an interpreter."""

    def __init__(self, folder: Path, python: Path | None = None):
        self.folder = folder
        self.python_file = python or python_of_tutorials()
        self.home = tempfile.TemporaryDirectory(prefix="hamsim-home-")
        self.environment = _environment(self.python_file, self.home.name)
        self._worker: subprocess.Popen[str] | None = None

    def __enter__(self) -> There:
        return self

    def __exit__(self, *_: object) -> None:
        self.home.cleanup()
        if self._worker is not None:
            self._worker.stdin.close()
            self._worker.wait(timeout=60)
            self._worker.stdout.close()

    def command(self, line: str) -> Answer:
        """A line as a person types it, with bash."""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=_SECONDS,
        )
        return Answer(done.stdout, done.returncode)

    def python(self, code: str, page: str, modules: list[str]) -> Answer:
        """Code in the one namespace of the page."""
        if self._worker is None:
            self._worker = subprocess.Popen(
                [self.python_file, Path(__file__).with_name("worker.py")],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        asked = {"code": code, "page": page, "modules": modules}
        self._worker.stdin.write(json.dumps(asked) + "\n")
        self._worker.stdin.flush()
        answer = json.loads(self._worker.stdout.readline())
        printed = answer["printed"] + answer["error"]
        return Answer(printed, int(bool(answer["error"])), tuple(answer["missing"]))


class Here(There):
    """The same, but what is plain `hamsim` or Python runs in this process: quicker."""

    def __init__(self, folder: Path):
        super().__init__(folder, Path(sys.executable))
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def command(self, line: str) -> Answer:
        words = shlex.split(line, comments=True)
        if words[0] != "hamsim" or set(line.split("#")[0]) & set("|<>&;$`*"):
            return super().command(line)
        with self._captured() as printed:
            try:
                main(words[1:])
            except SystemExit as stop:
                status = stop.code
        return Answer(printed(), int(status or 0))

    def python(self, code: str, page: str, modules: list[str]) -> Answer:
        missing = tuple(name for name in modules if importlib.util.find_spec(name) is None)
        if missing:
            return Answer("", missing=missing)
        status = 0
        with self._captured(errors=False) as printed:
            try:
                exec(compile(code, page, "exec"), self.names)
            except Exception:
                status = 1
                print(traceback.format_exc())
        return Answer(printed(), status)

    @contextlib.contextmanager
    def _captured(self, errors: bool = True):
        """What is printed in the page's folder, through a stream with bytes below it, as pipes."""
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.chdir(self.folder))
            stack.enter_context(patch.dict(os.environ, self.environment, clear=True))
            stack.enter_context(contextlib.redirect_stdout(stream))
            if errors:
                stack.enter_context(contextlib.redirect_stderr(stream))
            yield lambda: stream.buffer.getvalue().decode("utf-8")


def _environment(python: Path, home: str) -> dict[str, str]:
    """Of a person who has activated it: its commands first, an empty home, nothing of tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "PYTHON", "COLUMNS", "LINES", "XDG_"))
    }
    return {
        **kept,
        "PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONUTF8": "1",
        "HOME": home,
        "MPLCONFIGDIR": os.path.join(tempfile.gettempdir(), "hamsim-tests-matplotlib"),
    }
