"""Time and memory of deciding what is guaranteed of large networks.

Each case runs in a process of its own, once for the time and once for the memory. Memory is the
peak above the network's own: what Python and NumPy allocated, and growth of the resident set,
both over the bytes of the network's arrays; and the former over those of W's CSR alone.

    python tools/bench/certificate.py [neurons] [synapses]
"""

import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array, csr_array, diags_array

N, SYNAPSES = 1_000_000, 10_000_000
SMALL = 1_000
CASES = (
    "weak tanh",
    "strong tanh",
    "identity near threshold",
    "identity, random signs",
    "signed random",
    "symmetrizable",
    "identity, symmetrizable",
    "not symmetric",
)
WHAT = ("symmetry and descent", "everything")


def random_pattern(n, synapses, rng):
    """Symmetric W of about so many synapses with weights from a normal distribution."""
    pairs = synapses // 2
    i, j = rng.integers(0, n, (2, pairs), dtype=np.int32)
    some = i != j
    i, j, w = i[some], j[some], rng.normal(size=pairs)[some]
    half = csr_array(coo_array((w, (i, j)), shape=(n, n)))
    W = csr_array(half + half.T)
    W.sort_indices()
    return W


def largest_eigenvalue(W):
    """Of a matrix with weights above 0, to some digits."""
    v = np.ones(W.shape[0])
    for _ in range(30):
        image = W @ v
        size = float(image @ v) / float(v @ v)
        v = image / np.linalg.norm(image)
    return size


def make(case, n, synapses):
    """One network, without description."""
    from hamsim.compiler import compile

    rng = np.random.default_rng(0)
    W = random_pattern(n, synapses, rng)
    degree, symmetric = synapses / n, True
    lagrangian = "tanh"
    if case == "weak tanh":
        W.data *= 0.2 / degree
    elif case == "strong tanh":
        W.data = np.abs(W.data) * 3.0 / degree
    elif case == "identity near threshold":
        lagrangian, W.data = "identity", np.abs(W.data)
        W.data *= 0.98 / largest_eigenvalue(W)
    elif case == "identity, random signs":
        # Far below the threshold, but only eigenvalues show it.
        lagrangian = "identity"
        W.data *= 0.2 / np.sqrt(degree)
    elif case == "signed random":
        W.data *= 0.5 / np.sqrt(degree)
        signs = np.where(rng.random(n) < 0.8, 1.0, -1.0)
        W = csr_array(diags_array(np.exp(rng.normal(size=n)) * signs) @ W)
        symmetric = False
    elif case == "symmetrizable":
        W.data *= 0.2 / degree
        W = csr_array(diags_array(np.exp(0.3 * rng.normal(size=n))) @ W)
        symmetric = False
    elif case == "identity, symmetrizable":
        lagrangian = "identity"
        W.data *= 0.2 / degree
        W = csr_array(diags_array(np.exp(0.3 * rng.normal(size=n))) @ W)
        symmetric = False
    elif case == "not symmetric":
        W.data *= rng.uniform(0.5, 1.0, W.nnz) / degree
        symmetric = False
    W.sort_indices()
    groups = {"a": {"size": n, "lagrangian": lagrangian}}
    network = compile({"format": "hamsim/1", "groups": groups})
    return replace(network, W=W, symmetric=symmetric)


def csr_bytes(W):
    return W.data.nbytes + W.indices.nbytes + W.indptr.nbytes


def network_bytes(network):
    neurons = [network.tau, network.input, network.initial]
    for group in network.groups:
        neurons += group.parameters.values()
    return csr_bytes(network.W) + sum(values.nbytes for values in neurons)


def resident(field):
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field):
            return 1024 * int(line.split()[1])
    return 0


def decide(network, what):
    """The work itself, and what came out of it."""
    from hamsim.certify.check import check
    from hamsim.certify.descent import descent
    from hamsim.certify.scaled import ScaledNetwork
    from hamsim.field.symmetry import find_scaling

    if what == "everything":
        found = check(network)
        return f"{found.converges}/{found.bounded_below}/{found.unique_equilibrium}"
    scaling = find_scaling(network)
    symmetric = scaling.kind in ("symmetric", "symmetrizable")
    scale = scaling.scale if symmetric else np.ones(network.n_neurons)
    falls = descent(ScaledNetwork(network, scale, symmetric), scaling)
    return "/".join([scaling.kind, *(condition.status for condition in falls)])


def measure(case, what, n, synapses, with_memory):
    """Seconds, and peaks of memory, of one case in this process."""
    # Kernels are loaded, and modules imported, by a small network of the same kind.
    decide(make(case, SMALL, SMALL * synapses // n), what)
    network = make(case, n, synapses)
    if with_memory:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before = resident("VmRSS")
        tracemalloc.start()
    start = time.perf_counter()
    outcome = decide(network, what)
    seconds = time.perf_counter() - start
    if not with_memory:
        return [seconds, outcome]
    peak, size = tracemalloc.get_traced_memory()[1], network_bytes(network)
    grown = resident("VmHWM") - before
    return [peak / csr_bytes(network.W), peak / size, grown / size]


def main():
    if len(sys.argv) == 6:
        case, what, n, synapses, memory = sys.argv[1:]
        print(*measure(case, what, int(n), int(synapses), memory == "memory"))
        return
    n, synapses = (int(float(word)) for word in (*sys.argv[1:], N, SYNAPSES)[:2])
    n, synapses = (n, synapses) if len(sys.argv) != 2 else (n, 10 * n)
    print(f"{n:,} neurons, {synapses:,} synapses; memory as multiples")
    head = f"{'case':24} {'what':21} {'seconds':>8} {'/ CSR':>6} {'/ network':>9} {'resident':>9}"
    print(f"{head}  outcome")
    for case in CASES:
        for what in WHAT:

            def run(kind, case=case, what=what):
                command = [sys.executable, __file__, case, what, str(n), str(synapses), kind]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                return done.stdout.split()

            seconds, outcome = run("time")
            csr, network, grown = (float(word) for word in run("memory"))
            line = f"{case:24} {what:21} {float(seconds):>8.2f} {csr:>6.2f} {network:>9.2f}"
            print(f"{line} {grown:>9.2f}  {outcome}", flush=True)


if __name__ == "__main__":
    main()
