"""Words that a shell can complete, without what it takes to import where they come from.

Tests compare them with the schema and the tables that they are copies of.
"""

from __future__ import annotations

__all__ = ["KEYS", "TOP"]

# Keys at the top of a network file that --set may change, and those of its parts.
TOP = (
    "groups",
    "connections",
    "stimuli",
    "simulation",
    "parameters",
    "seed",
    "sweep",
    "solve",
    "name",
)
KEYS = {
    "group": ("size", "shape", "neurons", "lagrangian", "tau", "input", "initial", "noise"),
    "neuron": ("id", "tau", "input", "initial", "noise"),
    "noise": ("sigma", "tau"),
    "lagrangian": ("kind", "expression", "domain", "over"),
    "connection": (
        "name",
        "gate",
        "between",
        "within",
        "from",
        "to",
        "weights",
        "density",
        "degree",
        "probability",
        "self_connections",
        "scale",
        "delay",
        "sign",
    ),
    "stimulus": ("group", "neurons", "mode", "value", "mask", "start", "stop"),
    "simulation": (
        "method",
        "dt",
        "t_end",
        "rtol",
        "atol",
        "sweeps",
        "until",
        "record",
        "trials",
        "energy",
        "collective_tau",
    ),
    "asynchronous": ("temperature", "order"),
    "synchronous": ("temperature",),
    "until": ("residual", "energy", "time", "wall", "expression", "method"),
    "record": ("every", "what", "groups", "neurons", "start"),
}
