"""Command lines: options with odd values, in orders and numbers that nobody means."""

import json

from fuzz import bases, doors, oddities
from fuzz.case import Case, Door

VALID = f"{bases.VALID}/fuzzed.yaml"
TEXT = b"""format: hamsim/1
parameters: {n: 2}
groups:
  a: {neurons: [A, B], lagrangian: tanh, tau: n}
  b: {size: 2, lagrangian: {kind: softmax, beta: 2}}
connections:
  - {name: c, between: [a, b], weights: 0.5}
stimuli:
  - {group: a, value: 1, start: 0, stop: 1}
simulation: {dt: 0.1, t_end: 1}
"""
OPTIONS = {
    "run": (
        "--method --dt --t-end --steps --until --threads --layout --dtype --set --plot -o"
    ).split(),
    "check": ["--set", "--confidence", "--repair"],
    "show": ["--set"],
    "info": ["--set"],
    "lagrangians": ["-e", "--set", "--plot"],
    "convert": (
        "--from --to --synapses --weight --default-weight --id --group --tau --default-tau --input "
        "--initial --repeated --set"
    ).split(),
    "plot": ["-o", "--out", "--group"],
    "repair": ["-o", "--out"],
    "examples": ["--copy"],
}
FLAGS = "--json --json --json --json -q --no-save --force --help --nope -x -- -".split()
FILES = (
    VALID,
    "nowhere.yaml",
    "",
    ".",
    "/dev/null",
    f"{bases.VALID}",
    "networks/data/digits.npz",
    "networks/data/README.md",
    "specs/data/sparse.mtx",
    "specs/data/empty.csv",
    "a\nb.yaml",
    "\x1b[2J.yaml",
    "$a$.yaml",
    "a" * 300,
    "tanh",
    "digits",
    "-",
    "\udcff.yaml",
)
PATHS = (
    "groups.a.tau groups.a.neurons.A.tau groups.a groups.b.lagrangian.beta groups.b.lagrangian "
    "connections[0].weights connections.c.weights connections.c.density stimuli[0].value "
    "simulation.dt simulation.t_end parameters.n seed name groups.c.tau taau groups..a beta b "
    "connections[1].weights simulation simulation.record.every"
).split()
WORDS = (
    "auto euler heun rk4 rows dense float32 float64 int8 0 1 2 -1 0.1 1e-300 1e400 nan inf 0x10 "
    "yes tanh softmax log(cosh(x)) x**2 sum(x**2) x/0 yaml graphml node-link npz mtx connectome "
    "add refuse out.nc out.yaml out.npz nowhere/out.png out.svg . label a b"
).split()


def make(rng):
    name = rng.choice((*OPTIONS, *OPTIONS, "run", "nope", "", "--version"))
    arguments = [name] if name else []
    if name == "lagrangians" and rng.random() < 0.7:
        arguments.append(rng.choice(("tanh", "softmax", "hill", "tan", "")))
    else:
        for _ in range(rng.choice((0, 1, 1, 1, 1, 1, 2))):
            arguments.append(rng.choice((VALID, VALID, VALID, rng.choice(FILES))))
    if name == "convert" and len(arguments) == 2:
        arguments.append(rng.choice(("out.yaml", "out.npz", "out.graphml", "out.json", "out.x")))
    for option in rng.sample(OPTIONS.get(name, ["--set"]), min(2, len(OPTIONS.get(name, ["x"])))):
        if rng.random() < 0.3:
            arguments += [option, _value(rng, option)]
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        arguments.insert(rng.randint(1, len(arguments) + 1), rng.choice(FLAGS))
    if name == "run" and "--no-save" not in arguments:
        arguments.append("--no-save")
    arguments = [_bounded(rng, word) for word in arguments]
    apart = rng.random() < 0.02
    picture = any(word.endswith((".png", ".pdf", ".svg")) for word in arguments)

    def call(folder):
        from hamsim.cli.main import cli  # noqa: F401  # loaded before its memory counts

        if apart and not any("\x00" in word for word in arguments):
            return doors.command_apart(arguments, folder)
        return doors.command(arguments)

    return Case(
        "commands",
        f"{name}{' apart' if apart else ''}{' with a picture' if picture else ''}",
        [Door("command", call)],
        {VALID: _named(rng)},
        told=repr(arguments),
        places=tuple(word for word in arguments if word),
    )


def _named(rng):
    """The network, now and then with a group whose name means something to others."""
    if rng.random() < 0.6:
        return TEXT
    name = rng.choice(("$a$", "$", "\\alpha", "a_b^c", "\u03c4", "{a}", "%s", "a" * 500, "a\u0301"))
    text = TEXT.decode().replace("  a: {", f"  {json.dumps(name)}: {{")
    text = text.replace("[a, b]", f"[{json.dumps(name)}, b]")
    return text.replace("group: a,", f"group: {json.dumps(name)},").encode()


def _value(rng, option):
    if option == "--set":
        value = rng.choice((rng.choice(oddities.SCALARS), rng.choice(WORDS), "3"))
        return rng.choice((f"{rng.choice(PATHS)}={value}", value, f"={value}"))
    return rng.choice((*WORDS, rng.choice(oddities.SCALARS), rng.choice(FILES)))


def _bounded(rng, word):
    """No command line that asks for millions of steps, which is no mistake."""
    if word in ("1e-300", "5e-324", "1e308", "1.7976931348623157e308", "1000000", "100000000"):
        return "0.5"
    return word
