"""Imports run one way, libraries stay behind their fences, public names are frozen."""

import ast
import subprocess
import sys
from pathlib import Path

import networkx
import pytest

import hamsim

PACKAGE = Path(hamsim.__file__).parent

# Lowest floor first. A module may import from its own room and from rooms on floors below; a room
# stands on one floor, whole.
FLOORS = [
    [
        *("errors", "arrays", "bounds", "condition", "fileformats", "fork", "lazy", "ram"),
        *("methods", "provenance", "drawable", "shown", "counted"),
    ],
    ["draws", "expression", "names", "paths", "placement", "deadline", "telling"],
    ["criterion", "tables"],
    ["kernels", "spectrum", "numbering", "request", "signals"],
    ["formula"],
    ["lagrangians"],
    ["network"],
    ["spec"],
    ["wiring", "layout", "trace"],
    ["compiler", "operator"],
    ["field", "formats"],
    ["dynamics"],
    ["observables"],
    ["optimise"],
    ["equilibria"],
    ["certify"],
    ["learning"],
    ["scale"],
    ["memory"],
    ["plotting", "report", "starters"],
    ["html"],
    ["notebook", "pages"],
    ["cli", "jax", "sklearn", "torch"],
    ["__main__"],
]
# The same within a room that has rooms of its own; modules beside those rooms stand above them.
INNER_FLOORS = {
    "dynamics": [
        ["timeline"],
        ["engine"],
        ["watching"],
        ["drivers"],
        ["past"],
        ["resting"],
        ["discrete"],
    ],
    "equilibria": [
        ["rest"],
        ["linear"],
        ["continuation", "landscape"],
    ],
    "plotting": [
        ["style"],
        ["graphs", "planes", "traces"],
    ],
    "scale": [
        ["store"],
        ["plan"],
        ["work"],
        ["engines"],
        ["results"],
    ],
    "formula": [
        ["arithmetic"],
        ["elementary"],
        ["tree"],
        ["values"],
        ["simplify"],
        ["text"],
        ["formula"],
        ["bounds"],
        ["proof", "code"],
    ],
}
# A method that hands on to a floor above, by an import inside it.
DOORS = {
    ("drawable", "plotting.pictures"),
    ("drawable", "plotting.style"),
    ("network.network", "formats.graph.to_graph"),
    ("shown", "notebook.representations"),
    ("telling", "notebook.bars"),
    ("network.plotted", "plotting.network_pictures"),
    ("network.plotted", "plotting.style"),
    ("network.plotted", "certify.certificate"),
    ("trace.plotted", "plotting.trace_pictures"),
    ("trace.plotted", "plotting.style"),
    ("certify.certificate", "plotting.graphs.certificate_figure"),
    ("certify.certificate", "plotting.style"),
    ("scale.results.accessor", "plotting.style"),
}
FENCES = {
    "numba": ("kernels", "lagrangians"),
    "llvmlite": (
        "kernels.atomics",
        "kernels.calls",
        "kernels.kept",
        "kernels.registers",
        "kernels.addresses",
        "kernels.vectors",
    ),
    "yaml": ("spec",),
    "pydantic": ("spec",),
    "pydantic_core": ("spec",),
    "networkx": ("formats.graph", "network", "plotting.graphs"),
    "matplotlib": ("plotting",),
    "h5py": ("trace",),
    "click": ("cli",),
    "rich": ("cli",),
    "jinja2": ("html",),
    "markupsafe": ("html",),
    "IPython": ("notebook",),
    # A run and a sweep each leave one Dataset.
    "xarray": ("trace", "scale.results", "scale.sweep"),
    "pyarrow": ("scale.results",),
    "sklearn": ("sklearn",),
    "torch": ("torch",),
    "jax": ("jax",),
    "dask": ("scale.engines",),
    "distributed": ("scale.engines",),
    "cloudpickle": ("scale.engines",),
}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        if name not in ("__init__", "zoo"):
            yield name.removesuffix(".__init__"), path


def floor_of(room, floors=FLOORS):
    """Number of the floor on which a room stands."""
    found = [number for number, rooms in enumerate(floors) if room in rooms]
    assert len(found) == 1, f"{room} stands on {len(found)} floors"
    return found[0]


def inner_floor(within, floors):
    """The same inside a room: a module that no floor names is above all of them."""
    named = len(within) > 1 or any(within[0] in rooms for rooms in floors)
    return floor_of(within[0], floors) if named else len(floors)


def imports(path, tree=None):
    """What a module imports: a module where one is named, else the room it is taken from."""
    for node in ast.walk(tree or ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in NAMES else node.module


NAMES = {"hamsim"} | {f"hamsim.{name}" for name, _ in modules()}


def violations(module, found):
    """Imports of a module that are not allowed, as sentences."""
    room, *inside = module.split(".")
    for name in found:
        top = name.split(".")[0]
        if top in FENCES and not any(
            module == place or module.startswith(f"{place}.") for place in FENCES[top]
        ):
            yield f"{module} imports {name}, which is fenced to {FENCES[top]}"
        if top != "hamsim" or name == "hamsim":
            continue
        target = name.removeprefix("hamsim.")
        other, *within = target.split(".")
        if other == room:
            floors = INNER_FLOORS.get(room)
            below = not (floors and inside and within and inside[0] != within[0]) or (
                inner_floor(within, floors) < inner_floor(inside, floors)
                or len(inside) == len(within) == 1
            )
        else:
            below = floor_of(other) < floor_of(room)
        if not below and (module, target) not in DOORS:
            yield f"{module} imports {target} from a floor that is not below"


def top_level_imports(path):
    """Imports that happen when a module is loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        ):
            node.body = []
    return imports(path, tree)


def cycles(graph):
    """Sets of modules that import one another."""
    return [found for found in networkx.strongly_connected_components(graph) if len(found) > 1]


def test_no_modules_import_one_another():
    graph = networkx.DiGraph()
    for module, path in modules():
        for name in top_level_imports(path):
            if name.startswith("hamsim.") and name != f"hamsim.{module}":
                graph.add_edge(module, name.removeprefix("hamsim."))
    assert cycles(graph) == []
    graph.add_edge("errors", "cli.main")
    assert len(cycles(graph)) == 1


# A reader sees a file's job in a minute, and a function's on one screen.
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 60


def lengths(tree):
    """Names of functions, and their lines without signature and docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
            yield node.name, node.end_lineno - first.lineno + 1


def test_no_file_and_no_function_is_long():
    long = []
    for module, path in modules():
        text = path.read_text(encoding="utf-8")
        long += [(module, text.count("\n"))] if text.count("\n") > MOST_LINES else []
        functions = lengths(ast.parse(text))
        long += [(f"{module}.{name}", n) for name, n in functions if n > MOST_LINES_OF_A_FUNCTION]
    assert long == []


def test_every_room_stands_on_one_floor():
    rooms = {module.split(".")[0] for module, _ in modules()}
    assert sorted(rooms) == sorted(room for rooms in FLOORS for room in rooms)
    for room, floors in INNER_FLOORS.items():
        within = [name.split(".")[1:] for name, _ in modules() if name.startswith(f"{room}.")]
        named = [name for names in floors for name in names]
        assert len(named) == len(set(named))
        assert {names[0] for names in within if len(names) > 1} <= set(named)
        assert set(named) <= {names[0] for names in within}


def test_imports_run_one_way():
    found = [each for module, path in modules() for each in violations(module, imports(path))]
    assert found == []


def test_the_rules_can_be_broken():
    assert list(violations("network", ["hamsim.compiler"]))
    assert list(violations("compiler", ["numba"]))
    assert list(violations("formula.tree.algebra", ["hamsim.formula.proof.judging"]))
    assert not list(violations("compiler", ["hamsim.network"]))


def test_every_public_name_exists_and_no_other():
    assert sorted(hamsim.__all__) == [
        "Attractors",
        "Basins",
        "Branch",
        "Branches",
        "Certificate",
        "CompileError",
        "EnergyPlane",
        "FixedPoint",
        "Gradient",
        "HamsimError",
        "Loss",
        "Network",
        "PhasePlane",
        "PlotError",
        "Recalled",
        "Record",
        "SimulationError",
        "SimulationInterrupted",
        "SimulationWarning",
        "Solution",
        "Spec",
        "SpecError",
        "SpecialPoint",
        "Stability",
        "SweepResults",
        "Trace",
        "TraceError",
        "Trained",
        "__version__",
        "activation",
        "attractors",
        "basins",
        "branches",
        "capacity",
        "check",
        "check_gradient",
        "check_run",
        "compile",
        "dump",
        "energy",
        "energy_plane",
        "fixed_point",
        "from_networkx",
        "gradient",
        "live_view",
        "load",
        "load_sweep",
        "load_trace",
        "loss",
        "memory",
        "over_time",
        "phase_plane",
        "recall",
        "recall_basins",
        "simulate",
        "solve",
        "stability",
        "sweep",
        "train",
        "velocity",
        "write_report",
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
