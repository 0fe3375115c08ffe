"""Imports run one way, libraries stay behind their fences, public names are frozen."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hamsim

PACKAGE = Path(hamsim.__file__).parent

# Lowest floor first. A module may import from its own room and from floors below its own.
FLOORS = [
    ["errors", "fork", "lazy", "memory", "bounds", "provenance"],
    [
        "lagrangians.table",
        "kernels.environment",
        "kernels.store",
        "kernels.kept",
        "kernels.jit",
        "kernels.calls",
        "expression",
        "names",
        "paths",
    ],
    ["numbering", "request"],
    ["network", "lagrangians", "recorded"],
    ["kernels", "spec", "trace"],
    ["wiring", "layout"],
    ["compiler", "evaluation", "exchange"],
    [
        "certify.certificate",
        "certify.clock",
        "certify.problem",
        "certify.rows",
        "certify.scaled",
        "certify.symmetry",
    ],
    ["dynamics"],
    ["observables"],
    ["certify"],
    ["io", "plotting"],
    ["cli"],
    ["__main__"],
]
# A method that hands on to a floor above, by an import inside it.
DOORS = {("network", "exchange.to_graph"), ("trace", "io.tracefile")}
FENCES = {
    "numba": ("kernels", "lagrangians"),
    "llvmlite": (
        "kernels.atomics",
        "kernels.calls",
        "kernels.kept",
        "kernels.registers",
        "kernels.table",
        "kernels.vectors",
    ),
    "yaml": ("spec",),
    "pydantic": ("spec",),
    "pydantic_core": ("spec",),
    "networkx": ("exchange", "network", "io.graphfiles", "io.graphml"),
    "matplotlib": ("plotting",),
    "h5py": ("io",),
    "click": ("cli",),
    "rich": ("cli",),
    "xarray": ("trace",),
}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        if name not in ("__init__", "zoo"):
            yield name.removesuffix(".__init__"), path


def floor_of(module):
    words = module.split(".")
    for depth in (".".join(words[:k]) for k in range(len(words), 0, -1)):
        for number, rooms in enumerate(FLOORS):
            if depth in rooms:
                return number
    raise AssertionError(f"{module} is on no floor")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            if node.module == "hamsim.lagrangians":
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def violations(module, found):
    """Imports of a module that are not allowed, as sentences."""
    room = module.split(".")[0]
    for name in found:
        top = name.split(".")[0]
        if top in FENCES and not any(
            module == place or module.startswith(f"{place}.") for place in FENCES[top]
        ):
            yield f"{module} imports {name}, which is fenced to {FENCES[top]}"
        if top != "hamsim" or name == "hamsim":
            continue
        target = name.removeprefix("hamsim.")
        same_room = target.split(".")[0] == room
        if floor_of(target) > floor_of(module) or (
            floor_of(target) == floor_of(module) and not same_room and target != module
        ):
            if (module, target) not in DOORS:
                yield f"{module} imports {target} from a floor that is not below"


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: str(value)[-30:])
def test_imports_run_one_way(module, path):
    assert list(violations(module, imports(path))) == []


def test_the_rules_can_be_broken():
    assert list(violations("network", ["hamsim.compiler"]))
    assert list(violations("compiler", ["numba"]))
    assert not list(violations("compiler", ["hamsim.network"]))


def test_every_public_name_exists_and_no_other():
    assert sorted(hamsim.__all__) == [
        "Certificate",
        "CompileError",
        "HamsimError",
        "Network",
        "Record",
        "SimulationError",
        "SimulationInterrupted",
        "SimulationWarning",
        "Spec",
        "SpecError",
        "Trace",
        "TraceError",
        "__version__",
        "activation",
        "check",
        "check_run",
        "compile",
        "dump",
        "energy",
        "from_networkx",
        "load",
        "load_trace",
        "simulate",
        "velocity",
    ]
    for name in hamsim.__all__:
        assert getattr(hamsim, name) is not None
    assert callable(hamsim.compile)
    assert callable(hamsim.energy)


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        ("['--help']", ["numba", "numpy", "pydantic", "scipy", "matplotlib", "h5py", "rich"]),
        ("['run', '--help']", ["numba", "pydantic", "scipy", "matplotlib"]),
        ("['convert', '--help']", ["numba", "pydantic", "scipy", "networkx"]),
        ("['show', 'networks/ring.yaml']", ["numba", "matplotlib", "h5py"]),
        ("['info', 'networks/ring.yaml']", ["numba", "matplotlib", "h5py"]),
    ],
)
def test_quick_commands_do_not_import_what_they_do_not_need(command, absent):
    code = (
        "import sys\nfrom hamsim.cli.main import main\n"
        f"try: main({command})\nexcept SystemExit as stop: assert stop.code == 0, stop.code\n"
        f"found = [name for name in {absent} if name in sys.modules]\n"
        "assert not found, found"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
