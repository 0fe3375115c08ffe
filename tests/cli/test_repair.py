"""`hamsim repair`: what it says of a trace that is damaged."""

import json

import pytest
from click.testing import CliRunner
from made_traces import made

import hamsim
from hamsim.cli.main import cli
from hamsim.trace import format as traceformat


@pytest.fixture
def damaged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made(None, records=100).save("t.nc")
    content = bytearray((tmp_path / "t.nc").read_bytes())
    first = content.index(traceformat.BLOCK, traceformat.ALIGNMENT)
    content[first + 64 + 8 * 7] ^= 1  # the checksum of a record
    (tmp_path / "t.nc").write_bytes(content + b"more")
    return tmp_path / "t.nc"


def test_repair_says_what_it_left_out(damaged):
    done = CliRunner().invoke(cli, ["repair", "t.nc", "-o", "r.nc"])
    assert done.output.splitlines() == [
        "r.nc: 99 records",
        "note    what other programs read of it is not what was written",
        "note    left out, not what was written: 1 (7)",
    ]
    assert hamsim.load_trace("r.nc").t.size == 99


def test_repair_tells_machines(damaged):
    done = CliRunner().invoke(cli, ["repair", "t.nc", "--json"])
    facts = json.loads(done.output)
    assert facts["records"] == 99
    assert facts["damaged"] == [7]
    assert "what other programs read" in facts["flaw"]
    again = json.loads(CliRunner().invoke(cli, ["repair", "t.nc", "--json"]).output)
    assert again.pop("made").keys() == {"hamsim", "date"}
    assert again == {
        "trace": "t.nc",
        "records": 99,
        "damaged": [],
        "flaw": None,
    }
