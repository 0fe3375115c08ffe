"""Notebooks run in a kernel of the tutorials' environment, and compared with what they show."""

from __future__ import annotations

from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from snippets.masks import difference

__all__ = ["check", "executed"]

_SECONDS = 300


def executed(file: Path, folder: Path, python: Path, environment: dict[str, str]):
    """The notebook with what its cells give today, run from the first to the last in a folder."""
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    manager = AsyncKernelManager()
    manager.kernel_spec.argv[0] = str(python)
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=_SECONDS,
        startup_timeout=_SECONDS,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=environment, cleanup_kc=True)  # which it leaves to whose manager it is
    return notebook


def check(stored, fresh) -> None:
    """Compare what cells print, and of what kinds their other answers are.

    Numbers of pictures and of HTML depend on versions of libraries; that they are there does not.
    """
    for number, (wanted, found) in enumerate(zip(stored.cells, fresh.cells, strict=True), start=1):
        if wanted.cell_type == "code":
            wrong = difference(_printed(wanted), _printed(found))
            assert not wrong, f"cell {number}:\n{wrong}"
            assert _kinds(wanted) == _kinds(found), f"cell {number} shows something else"


def _printed(cell) -> str:
    return "".join(each.text for each in cell.outputs if each.output_type == "stream")


def _kinds(cell) -> list[list[str]]:
    shown = ("display_data", "execute_result")
    return [sorted(each.data) for each in cell.outputs if each.output_type in shown]
