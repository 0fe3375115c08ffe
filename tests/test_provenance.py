"""A trace says what made it."""

import dataclasses
import json
import re

import numpy as np
import pytest
import xarray
from click.testing import CliRunner

import hamsim
from hamsim.cli.main import cli
from hamsim.provenance import Provenance, described, now

SPEC = {
    "format": "hamsim/1",
    "seed": 7,
    "groups": {"a": {"size": 2, "lagrangian": "tanh", "initial": {"normal": {"std": 1}}}},
}
CHANGES = {"groups.a.tau": 2, "groups.a.input": [0.5, 1]}


def test_what_made_a_trace():
    network = hamsim.compile(SPEC, CHANGES)
    made = hamsim.simulate(network, method="heun", dt=0.25, steps=2, dtype="float32").made
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made.date)
    assert dataclasses.replace(made, date="") == Provenance(
        hamsim.__version__, "", 7, CHANGES, "heun", 0.25, "float32", 1
    )


def test_overrides_through_all_doors_and_one_after_another():
    spec = hamsim.load(SPEC, {"groups.a.tau": 2})
    assert hamsim.compile(spec).overrides == {"groups.a.tau": 2}
    again = hamsim.load(spec, {"groups.a.tau": 3, "seed": 1})
    network = hamsim.compile(again)
    assert network.overrides == {"groups.a.tau": 3, "seed": 1}
    assert network.seed == 1
    assert hamsim.compile(again, {"seed": 2}).overrides == {"groups.a.tau": 3, "seed": 2}
    assert hamsim.compile(SPEC).overrides == {}


def test_what_was_overridden_is_no_part_of_what_is_equal(tmp_path):
    plain = {**SPEC, "groups": {"a": {**SPEC["groups"]["a"], "tau": 2}}}
    assert hamsim.load(SPEC, {"groups.a.tau": 2}) == hamsim.load(plain)
    assert hamsim.dump(hamsim.load(SPEC, {"groups.a.tau": 2})) == hamsim.dump(hamsim.load(plain))


def test_what_made_a_trace_is_kept(tmp_path):
    trace = hamsim.simulate(hamsim.compile(SPEC, CHANGES), dt=0.25, steps=2)
    trace.save(tmp_path / "t.nc")
    loaded = hamsim.load_trace(tmp_path / "t.nc")
    assert loaded.made == trace.made
    notes = trace.to_xarray().attrs
    assert notes["hamsim"] == hamsim.__version__
    assert notes["seed"] == 7
    assert json.loads(notes["overrides"]) == CHANGES
    assert notes["dt"] == 0.25
    with xarray.open_dataset(tmp_path / "t.nc", engine="h5netcdf") as opened:
        for name, value in notes.items():
            if name != "outcome":
                assert opened.attrs[name] == str(value)
    notes = loaded.to_xarray()
    notes.to_netcdf(tmp_path / "copy.nc", engine="h5netcdf")
    with pytest.raises(hamsim.TraceError, match="is not a trace of hamsim"):
        hamsim.load_trace(tmp_path / "copy.nc")


def test_the_command_tells_what_made_a_trace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(hamsim.dump(hamsim.load(SPEC)))
    arguments = ["run", "net.yaml", "--json", "--dt", "0.5", "--steps", "3"]
    done = CliRunner().invoke(cli, [*arguments, "--set", "groups.a.tau=[1, 2]"])
    facts = json.loads(done.stdout)["made"]
    assert facts["overrides"] == {"groups.a.tau": [1, 2]}
    assert facts["seed"] == 7
    assert facts["dt"] == 0.5
    assert facts == hamsim.load_trace("net.nc").made.to_dict()


def test_long_and_odd_values_are_described():
    class Odd:
        shape = (3, 4)

    nested = [1]
    for _ in range(100):
        nested = [nested]
    cycle = []
    cycle.append(cycle)
    found = described(
        {
            "a": np.arange(3),
            1: (np.float64(0.5), None, True),
            "b": np.zeros((2000, 2)),
            "c": list(range(5000)),
            "d": Odd(),
            "e": slice(3),
            "f": nested,
            "g": [[0.5] * 900] * 900,
            "h": "x" * 10**6,
            "i": cycle,
            "j": {"k": {1, 2}},
        }
    )
    assert list(found.values())[:6] == [
        [0, 1, 2],
        [0.5, None, True],
        "<ndarray of shape (2000, 2)>",
        "<list of 5,000>",
        "<Odd of shape (3, 4)>",
        "<slice>",
    ]
    assert found["g"] == "<list of 900>"
    assert found["h"] == "<str of 1,000,000>"
    assert found["j"] == {"k": "<set>"}
    assert len(json.dumps(found)) < 1000
    assert len(now()) == 20
