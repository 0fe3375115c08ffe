"""Networks and traces in every format that this version writes, for later versions to read.

    python tools/make_stored.py tests/stored

makes a folder named after the version, with one network in all formats, the arrays that it has, and
traces of a run of it. Run once for each release, before it; what lies there is never made anew.
"""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np

import hamsim

NETWORK = """\
# Everything a file can say that no random number decides.
format: hamsim/1
name: stored
description: One network in every format that a version of hamsim writes.
parameters: {b: 2, strength: b / 4}
groups:
  command:
    neurons:
      - AVAL
      - {id: AVAR, tau: 0.3, input: 0.25}
      - {id: AVBL, initial: -1}
    lagrangian: {kind: tanh, beta: [1, 2, 3]}
    tau: 2
    initial: [1.19522838, -0.67260325, 0]
  image: {shape: [2, 3, 1], lagrangian: relu, tau: 0.5, input: [[[1], [0.5], [0]], [[0], [2], [1]]]}
  found: {shape: [1, 2, 2], lagrangian: {kind: softmax, beta: b, over: last}}
  own: {size: 2, lagrangian: {expression: "log(cosh(b*x))/b", b: 1.5}, tau: [1, 3]}
  late: {size: 2, lagrangian: identity, tau: 0}
connections:
  - {within: command, weights: [[0, 1, -0.5], [1, 0, 0.25], [-0.5, 0.25, 0]]}
  - {name: eyes, between: [found, image], weights: {conv2d: {kernel: [[[[1, -1], [0.5, 0]]],
     [[[0, 0.25], [-0.5, 1]]]], window: [2, 2]}}}
  - {between: [own, command], weights: {edges: [["own[0]", AVAL, 0.5], ["own[1]", AVBL, -1.5]]}}
  - {from: image, to: own, weights: {edges: [[0, 1, 0.125], [5, 0, strength]]}}
  - {between: [late, command], weights: [[0.5, 0, 0], [0, 0.1, -0.3]]}
  - {gate: own, between: [command, late], weights: 0.0625}
stimuli:
  - {group: command, mode: clamp, neurons: [AVAR], value: 0.75, stop: 0.5}
  - {group: image, mode: input, value: 0.5, start: 0.25, stop: 1}
simulation: {method: rk4, dt: 0.0625, t_end: 1.5, record: {every: 0.25, what: [x, g, energy]}}
"""
FORMS = ("resolved.yaml", "network.graphml", "network.json", "network.npz", "network.mtx")


def arrays(network):
    """What later versions must find."""
    triples = network.triples
    return {
        "tau": network.tau,
        "input": network.input,
        "initial": network.initial,
        "W": network.W.toarray(),
        "triples": np.stack(triples[:3]),
        "triple_weights": triples.weights,
        "labels": np.array([network.label(k) for k in range(network.n_neurons)]),
    }


def make(folder):
    """Write everything into a folder that is not there yet."""
    folder.mkdir(parents=True)
    (folder / "network.yaml").write_text(NETWORK, encoding="utf-8")
    command = [sys.executable, "-m", "hamsim", "convert", "network.yaml"]
    for name in FORMS:
        subprocess.run([*command, name], cwd=folder, check=True)
    network = hamsim.compile(folder / "network.yaml")
    single = hamsim.simulate(network)
    start = np.stack([network.initial, -network.initial])
    several = hamsim.simulate(network, initial=start, dtype="float32")
    for name, trace in (("trace", single), ("trials", several)):
        path = folder / f"{name}.nc"
        trace.save(path)
        content = path.read_bytes()
        path.unlink()
        (folder / f"{name}.nc.gz").write_bytes(gzip.compress(content, mtime=0))
    records = {name: getattr(single, name) for name in ("t", "x", "g", "energy")}
    np.savez_compressed(folder / "expected.npz", **arrays(network), **records)


if __name__ == "__main__":
    make(Path(sys.argv[1]) / hamsim.__version__)
