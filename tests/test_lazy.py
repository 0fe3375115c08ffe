"""The text of a compiled network is written when somebody asks, and is the same as at once."""

import copy
import dataclasses
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest
from same_network import HANDWRITTEN

import hamsim
from hamsim import lazy
from hamsim.formats.convert import read_spec, write
from hamsim.spec import dump as dump_module


def description():
    return {
        "format": "hamsim/1",
        "name": "net",
        "groups": {
            "a": {"size": 2, "lagrangian": {"kind": "tanh", "beta": [1.0, 2.0]}, "tau": [1.0, 2.0]},
            "b": {"neurons": ["x", "y"], "lagrangian": "relu"},
        },
        "connections": [{"between": ["a", "b"], "weights": [[1.0, 2.0], [3.0, 4.0]]}],
    }


@pytest.fixture
def written(monkeypatch):
    """How often a text was written."""
    calls = []
    write = dump_module.to_text
    monkeypatch.setattr(dump_module, "to_text", lambda plain: calls.append(1) or write(plain))
    return calls


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_it_is_the_text_of_the_spec(name):
    spec = hamsim.load(HANDWRITTEN[name])
    network = hamsim.compile(HANDWRITTEN[name])
    assert type(network.source) is str
    assert network.source == hamsim.dump(spec)
    assert hamsim.compile(spec).source == hamsim.dump(spec)


def test_nobody_who_does_not_ask_pays(written):
    network = hamsim.compile(description())
    trace = hamsim.simulate(network, dt=0.1, t_end=1.0)
    hamsim.energy(network, np.zeros(4))
    hamsim.check(network)
    copy.copy(network)
    copy.deepcopy(network)
    assert written == []
    text = trace.header.source
    assert (text, written) == (network.source, [1])


FORMS = {"graphml": ".graphml", "node-link": ".json", "npz": ".npz", "mtx": ".mtx"}


@pytest.mark.parametrize("form", FORMS)
def test_who_writes_a_network_in_another_format_does_not_need_it(form, written, tmp_path):
    source = {**description(), "seed": 5, "references": ["here"]}
    source["groups"]["b"]["lagrangian"] = {"expression": "log(cosh(x))", "domain": [-5, 5]}
    source["stimuli"] = [{"group": "b", "value": 1.0, "stop": 2.0}]
    source["simulation"] = {"record": {"every": 0.5}}
    network = hamsim.compile(source)
    write(network, tmp_path / f"first{FORMS[form]}")
    assert written == []
    assert network.source.startswith("format: hamsim/1")
    write(network, tmp_path / f"second{FORMS[form]}")  # of the text that is there now
    first, second = (
        hamsim.dump(read_spec(tmp_path / f"{name}{FORMS[form]}")[0]) for name in ("first", "second")
    )
    assert first == second
    assert "seed: 5" in first
    assert "domain: [-5.0, 5.0]" in first


def test_parts_of_a_text_are_those_of_the_description():
    spec = hamsim.load({**description(), "seed": 3})
    later, plain = dump_module.dump_later(spec), dump_module.to_plain(spec)
    keys = ("seed", "groups", "stimuli", "nosuch")
    found = dump_module.stated(later, *keys)
    assert found == {key: plain[key] for key in ("seed", "groups")}
    assert later.writer is not None
    assert dump_module.stated(str(later), *keys) == found
    assert later.writer is None
    assert dump_module.stated(later, *keys) == found


def test_a_saved_trace_has_it(written, tmp_path):
    network = hamsim.compile(description())
    trace = hamsim.simulate(network, dt=0.1, t_end=1.0)
    trace.save(tmp_path / "run.nc")
    assert hamsim.load_trace(tmp_path / "run.nc").header.source == network.source
    assert written == [1]


@pytest.mark.parametrize("use", [copy.copy, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_copies_have_it(use):
    network = hamsim.compile(description())
    again = use(network)
    assert again.source == network.source == hamsim.dump(hamsim.load(description()))
    assert use(again).source == network.source


def test_a_field_of_a_dataclass_as_any_other():
    network = hamsim.compile(description())
    assert dataclasses.replace(network, name="other").source == network.source
    assert dataclasses.replace(network, source="mine").source == "mine"
    assert "source" in {field.name for field in dataclasses.fields(network)}
    plain = hamsim.Network("n", network.W, *[network.tau] * 3, network.groups, ())
    assert plain.source == ""
    assert hamsim.Network.source == ""
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.source = "other"


def test_what_changes_later_does_not_change_it(tmp_path, monkeypatch):
    np.savez(tmp_path / "d.npz", w=np.ones((2, 2)))
    (tmp_path / "n.csv").write_text("id,tau\nx,1\ny,2\n")
    monkeypatch.chdir(tmp_path)
    plain = description()
    plain["connections"][0]["weights"] = {"file": "d.npz", "key": "w"}
    plain["groups"]["b"]["neurons"] = {"file": "n.csv"}
    spec = hamsim.load(plain)
    before = hamsim.dump(spec)
    from_dict, from_spec = hamsim.compile(plain), hamsim.compile(spec)
    # The files, the folder, the dict, and what a Spec holds.
    np.savez(tmp_path / "d.npz", w=np.zeros((3, 3)))
    (tmp_path / "n.csv").unlink()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    plain["groups"]["a"]["tau"][0] = 7.0
    plain["groups"]["c"] = {"size": 1, "lagrangian": "tanh"}
    spec.groups["c"] = spec.groups["a"]
    spec.groups["a"].lagrangian.parameters["beta"] = 5.0
    assert from_dict.source == before
    assert from_spec.source == before


def test_the_spec_and_its_data_are_let_go():
    spec = hamsim.load(description())
    seen = weakref.ref(spec)
    network = hamsim.compile(spec)
    del spec
    gc.collect()
    assert seen() is None
    assert network.source


def test_threads_that_ask_at_once_get_the_same():
    for _ in range(20):
        network, found = hamsim.compile(description()), []
        barrier = threading.Barrier(4)

        def ask(network=network, found=found, barrier=barrier):
            barrier.wait()
            found.append(network.source)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [hamsim.dump(hamsim.load(description()))] * 4


def test_a_failed_text_can_be_asked_for_again():
    answers = iter([MemoryError(), "text"])

    def write():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    text = lazy.LazyText(write)
    with pytest.raises(MemoryError):
        str(text)
    assert str(text) == "text"
