"""What hamsim says of a network as it is run: its clamps, its input, its step."""

import contextlib
import io
import tempfile
from pathlib import Path
from unittest import mock

import yaml


def claims(description):
    """Claims as run; {} where none can be read."""
    from hamsim.cli.main import main

    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "net.yaml"
        file.write_text(yaml.safe_dump(description))
        words = ["hamsim", "run", str(file), "--no-save", "--steps", "3"]
        with mock.patch("sys.argv", words), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            main()
    for line in printed.getvalue().splitlines():
        if line.startswith("check"):
            return {"converges": "proved" if "proved to converge" in line else "undecided"}
    return {}
