"""Traces that are not what was written are refused in one line; none gives other numbers."""

import dataclasses
import gzip
import json
import random
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from made_traces import made

import hamsim
from hamsim.provenance import Provenance
from hamsim.trace import format as traceformat
from hamsim.trace.head import _MADE, _OUTCOME, _STATS, _WATCH
from hamsim.trace.outcome import Outcome
from hamsim.trace.reader import TraceReader, load_trace
from hamsim.trace.repair import repair
from hamsim.trace.stats import EnergyWatch, Stats
from hamsim.trace.trace import Header

TOOLS = str(Path(__file__).parents[2] / "tools")
sys.path.insert(0, TOOLS)
try:
    from fuzz import traces as makers
finally:
    sys.path.remove(TOOLS)

OLD = Path(__file__).parent / "traces"


@pytest.fixture(scope="module", params=[None, 2], ids=["single", "trials"])
def trace(request):
    return made(request.param, records=150)


@pytest.fixture(scope="module")
def content(trace, tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "t.nc"
    trace.save(path)
    return path.read_bytes()


def facts_of(trace):
    """All that a trace says besides its numbers."""
    header = trace.header
    groups = [
        (g.name, g.start, g.stop, g.shape, g.lagrangian, g.over, g.neuron_names)
        for g in header.groups
    ]
    parameters = [
        {name: values.tolist() for name, values in g.parameters.items()} for g in header.groups
    ]
    numbers = [header.columns.tolist(), header.tau.tolist(), header.trials, header.what]
    ending = [dataclasses.astuple(trace.outcome), repr(trace.stats)]  # NaN is not equal to itself
    courses = [each.course for each in header.stimuli if each.course is not None]
    numbers += [[each.t.tolist(), each.values.tolist(), each.names] for each in courses]
    texts = [header.name, header.source, header.dtype, trace.made]
    return groups, parameters, numbers, ending, texts


def require_same(found, trace):
    assert np.array_equal(found.t, trace.t)
    for what, values in trace.arrays.items():
        assert np.array_equal(found.arrays[what], values)
    assert facts_of(found) == facts_of(trace)


def read(path):
    """A trace, or the one line that refuses it; in time."""
    began = time.perf_counter()
    try:
        return load_trace(path)
    except hamsim.TraceError as error:
        text = str(error)
    finally:
        assert time.perf_counter() - began < 10
    assert "\n" not in text
    assert str(path) in text
    return text


def test_altered_traces_are_refused_or_give_the_same_numbers(trace, content, tmp_path):
    path, repaired = tmp_path / "t.nc", tmp_path / "r.nc"
    refused = 0
    for seed in range(250):
        changed = makers.altered(random.Random(seed), content)
        path.write_bytes(changed)
        found = read(path)
        if not isinstance(found, str):
            require_same(found, trace)
            continue
        refused += 1
        if seed % 5:
            continue
        try:
            done = repair(path, repaired)
        except hamsim.TraceError:
            continue
        kept = load_trace(repaired)
        assert kept.t.size == done.records
        rows = np.searchsorted(trace.t, kept.t)
        assert np.array_equal(kept.x, np.take(trace.x, rows, axis=trace.x.ndim - 2))
    assert 100 < refused < 250


def test_a_flip_is_noticed_in_all_that_is_said_once_and_in_records(content, tmp_path):
    path = _file(tmp_path / "t.nc", content)
    with TraceReader(path) as reader:
        layout = reader._source.layout
    end = content.rindex(b"hamsim-end/2")
    length = int.from_bytes(content[end + 16 : end + 24], "little")
    places = [*range(0, 200, 7), *range(end, end + 64 + length, 13)]
    places += range(end + 64 + length + 8, len(content), 101)
    for name, place in layout.places.items():  # two records of a block that may not be full
        if name:
            size = np.dtype(layout.kind_of(name)).itemsize * int(np.prod(layout.shapes[name]))
            places += range(layout.start + place, layout.start + place + 2 * size, 5)
    places += range(layout.start, layout.start + 64 + 8 * 60, 11)
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        assert isinstance(read(path), str), place


@pytest.mark.parametrize("cut", [0, 1, 63, 64, 100, 2000, 4096, 4200, 50_000, -20_000, -1])
def test_what_is_cut_off_is_told(content, tmp_path, cut):
    path = tmp_path / "t.nc"
    path.write_bytes(content[:cut])
    text = read(path)
    assert isinstance(text, str)
    assert "is not a trace of hamsim" in text or "it is cut off" in text


def test_repair_leaves_out_what_is_damaged_and_says_so(trace, content, tmp_path):
    with TraceReader(_file(tmp_path / "t.nc", content)) as reader:
        layout = reader._source.layout
    block = layout.start + (100 // layout.records) * layout.places[""]
    place = block + layout.places["x"] + 8 * trace.x[..., 0, :].size * (100 % layout.records) + 3
    changed = bytearray(content)
    changed[place] ^= 1
    path = _file(tmp_path / "t.nc", changed)
    with pytest.raises(hamsim.TraceError, match=r"is damaged: record 100 of 150 is not what was"):
        load_trace(path)
    with pytest.raises(hamsim.TraceError, match="record 100 of 150"):
        load_trace(path, ["a"], every=50)
    assert load_trace(path, every=3).t.size == 50
    done = repair(path, tmp_path / "r.nc")
    assert (done.records, done.damaged, done.flaw) == (149, (100,), "")
    kept = load_trace(tmp_path / "r.nc")
    assert np.array_equal(kept.t, np.delete(trace.t, 100))
    assert np.array_equal(kept.x, np.delete(trace.x, 100, axis=trace.x.ndim - 2))
    assert kept.made == trace.made


def test_a_block_that_does_not_begin_as_it_should_costs_no_record(trace, content, tmp_path):
    changed = bytearray(content)
    aligned = range(0, len(content), traceformat.ALIGNMENT)
    first = next(k for k in aligned if content.startswith(traceformat.BLOCK, k))
    changed[first : first + 64] = bytes(64)
    path = _file(tmp_path / "t.nc", changed)
    with pytest.raises(hamsim.TraceError, match="block 0 does not begin as it should"):
        load_trace(path)
    assert repair(path).records == trace.t.size
    require_same(load_trace(path), trace)


@pytest.mark.parametrize("place", [(64, 80), (80, 96), (96, 100), (300, 500), (0, 3000)])
def test_a_head_that_is_damaged_is_taken_from_its_copy(trace, content, tmp_path, place):
    changed = bytearray(content)
    changed[slice(*place)] = bytes(place[1] - place[0])
    path = _file(tmp_path / "t.nc", changed)
    assert "is damaged: " in read(path) or place[0] in (0, 64)
    if place[0] == 0:  # then nothing says what it is
        assert "is not a trace of hamsim" in read(path)
        return
    done = repair(path, tmp_path / "r.nc")
    assert "head" in done.flaw
    require_same(load_trace(tmp_path / "r.nc"), trace)


def test_a_trace_without_its_end_is_repaired_as_unfinished(trace, content, tmp_path):
    end = content.rindex(b"hamsim-end/2")
    path = _file(tmp_path / "t.nc", content[: end + 100])
    with pytest.raises(hamsim.TraceError, match="it is cut off, with"):
        load_trace(path)
    done = repair(path)
    assert done.records == trace.t.size
    assert "cut off" in done.flaw
    assert load_trace(path).outcome == "unfinished"


@pytest.mark.parametrize("records", [1, 4])
def test_a_trace_that_is_cut_off_within_a_record_keeps_those_before(
    trace, tmp_path, monkeypatch, records
):
    size = 24 + sum(values[0].nbytes for values in trace.arrays.values())
    monkeypatch.setattr(traceformat, "BLOCK_BYTES", records * size)
    path = tmp_path / "t.nc"
    trace.save(path)
    with TraceReader(path) as reader:
        layout = reader._source.layout
        assert layout.records == records
    content = path.read_bytes()
    for front in (content[:64], traceformat.OPEN):
        block = layout.start + 17 * layout.places[""]
        path.write_bytes(front + content[64 : block + layout.places["energy"]])
        assert isinstance(read(path), str)
        done = repair(path, tmp_path / "r.nc")
        assert done.records == 17 * records
        assert np.array_equal(load_trace(tmp_path / "r.nc").t, trace.t[: 17 * records])


def test_damaged_traces_are_replaced_by_the_next_run(trace, content, tmp_path):
    changed = bytearray(content)
    changed[90] ^= 1
    changed[200] ^= 1
    path = _file(tmp_path / "t.nc", changed)
    trace.save(path)
    require_same(load_trace(path), trace)


def _file(path, content):
    path.write_bytes(content)
    return path


@pytest.fixture(scope="module")
def old():
    return gzip.decompress((OLD / "format_1.nc.gz").read_bytes())


def test_crafted_traces_are_refused_in_one_line(trace, content, old, tmp_path):
    path = tmp_path / "t.nc"
    for seed in range(60):
        rng = random.Random(seed)
        maker = rng.choice((makers._head, makers._arrays, makers._deep, makers._huge_head))
        path.write_bytes(maker(rng, content))
        found = read(path)
        # What was put in the place of something may be the same, or as good.
        assert isinstance(found, str) or maker is makers._head


EDITED = [
    "x external",
    "x virtual",
    "time claimed",
    "x claimed, one piece",
    "x expands",
    "neuron of whole numbers",
    "energy a link to itself",
    "x an external link",
    "tau a folder",
    "groups nested",
    "stats a huge number",
    "outcome many texts",
    "format bytes",
]


@pytest.mark.parametrize("kind", EDITED)
def test_crafted_traces_of_the_format_before_are_refused_in_one_line(old, tmp_path, kind):
    path = _file(tmp_path / "t.nc", makers.old_kinds()[kind](random.Random(1), old))
    assert "is not a trace of hamsim" in read(path)


def test_groups_that_do_not_follow_are_refused(old, tmp_path):
    for change in ({"start": -1}, {"stop": 2**40}, {"shape": [7]}, {"parameters": {"beta": [1]}}):

        def spoil(file, change=change):
            groups = json.loads(file.attrs["groups"])
            groups[-1].update(change)
            file.attrs["groups"] = json.dumps(groups)

        path = _file(tmp_path / "t.nc", makers._in_hdf5(old, spoil))
        assert "is not a trace of hamsim: group" in read(path)


def test_a_trace_that_another_program_has_changed_is_refused(trace, content, tmp_path):
    path = _file(tmp_path / "t.nc", content)
    with h5py.File(path, "r+") as file:
        file["energy"][...] = 0.0
    with pytest.raises(hamsim.TraceError, match="is damaged: record 0 of 150"):
        load_trace(path)
    path = _file(tmp_path / "t.nc", content)
    with h5py.File(path, "r+") as file:
        file.attrs["more"] = 1
    with pytest.raises(hamsim.TraceError, match="its first bytes are not what was written"):
        load_trace(path)
    assert repair(path).records == trace.t.size
    require_same(load_trace(path), trace)


@pytest.mark.parametrize("name", ["format_1", "format_1_trials", "format_1_unfinished"])
def test_traces_of_the_format_before_are_read_and_made_new_by_repair(tmp_path, name):
    path = _file(tmp_path / "t.nc", gzip.decompress((OLD / f"{name}.nc.gz").read_bytes()))
    found = load_trace(path)
    assert found.t.tolist() == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5]
    assert found.final.ravel()[:2] == pytest.approx([1.19522838, -0.67260325])
    assert found.energy.ravel()[6] == pytest.approx(-1.23070341)
    assert found.header.dtype == ("float64" if name == "format_1" else "float32")
    assert found.of("motor").shape[-1] == 2
    assert found.made == Provenance()
    assert load_trace(path, "rest", every=2).x.shape[-2:] == (4, 3)
    with TraceReader(path) as reader:
        assert reader.clean == (name != "format_1_unfinished")
    assert found.outcome == ("finished" if reader.clean else "unfinished")
    assert len(found.outcomes) == (found.trials or 1)
    assert repair(path, tmp_path / "r.nc").records == 7
    require_same(load_trace(tmp_path / "r.nc"), found)


def test_a_trace_of_the_format_before_that_is_cut_off(old, tmp_path):
    path = _file(tmp_path / "t.nc", old[:-1000])
    assert "is cut off: it has" in read(path)


def test_checks_know_all_that_is_written():
    def names(kind):
        return [field.name for field in dataclasses.fields(kind)]

    assert names(Stats) == list(_STATS)
    assert names(Outcome) == list(_OUTCOME)
    assert names(EnergyWatch) == list(_WATCH)
    assert names(Provenance) == list(_MADE)


def test_descriptions_may_hold_anything(tmp_path):
    """What refuses lists that would take much memory is not for the network's own text."""
    whole = made(None, records=3)
    for source in ("- [0, 1]\n" * 30_000, "{}," * 50_000, "\n\n\0\r\ud800\u20ac", ""):
        header = dataclasses.replace(whole.header, source=source)
        dataclasses.replace(whole, header=header).save(tmp_path / "t.nc")
        assert load_trace(tmp_path / "t.nc").header.source == source


def test_many_groups_and_names_are_not_too_many(tmp_path):
    groups = {f"g{k}": {"neurons": ["A", "B"], "lagrangian": "identity"} for k in range(2000)}
    network = hamsim.compile({"format": "hamsim/1", "groups": groups})
    header = Header("", network.groups, np.arange(4000), None, ("x",), network.tau)
    whole = dataclasses.replace(made(None, records=2), header=header)
    whole = dataclasses.replace(whole, arrays={"x": np.zeros((2, 1, 4000))})
    whole.save(tmp_path / "t.nc")
    require_same(load_trace(tmp_path / "t.nc"), whole)


@pytest.mark.parametrize("every", [0, -1, 1.5, "a", None, [1], np.ones(3)])
def test_every_must_be_a_number_of_records(content, tmp_path, every):
    path = _file(tmp_path / "t.nc", content)
    with pytest.raises(hamsim.TraceError, match="it must be a whole number of at least 1"):
        load_trace(path, every=every)


@pytest.mark.parametrize("groups", [3, [3], [["a"]], [b"a"]])
def test_groups_must_be_names(content, tmp_path, groups):
    path = _file(tmp_path / "t.nc", content)
    with pytest.raises(hamsim.TraceError, match="group"):
        load_trace(path, groups)


@pytest.mark.parametrize("path", ["\0", "", ".", "/dev/null", "x" * 300, "nowhere.nc"])
def test_paths_that_are_no_files(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(hamsim.TraceError):
        load_trace(path)
    with pytest.raises(hamsim.TraceError):
        repair(path)
    if path != "nowhere.nc":
        with pytest.raises(hamsim.TraceError, match=r"cannot write|is not a trace"):
            made(None, records=2).save(path)
    assert not list(tmp_path.iterdir())
