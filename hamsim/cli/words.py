"""Words that a shell can complete, without what it takes to import where they come from.

Tests compare them with the schema and the tables that they are copies of.
"""

from __future__ import annotations

__all__ = [
    "KEYS",
    "METHODS_OF_LEARNING",
    "NETWORK_KINDS",
    "OPTIMIZERS",
    "SIZES",
    "STYLES",
    "TOP",
    "TRACE_KINDS",
]

# Kinds of pictures of a trace and of a network, their styles, and their sizes with a name.
TRACE_KINDS = ("lines", "map", "image", "images", "raster", "energy", "phase", "landscape")
NETWORK_KINDS = ("graph", "groups", "neurons", "weights", "certificate", "phase", "landscape")
STYLES = ("screen", "paper")
SIZES = ("column", "page")

# Choices of the block training that have settings of their own.
METHODS_OF_LEARNING = ("implicit", "equilibrium", "contrastive", "through_time")
OPTIMIZERS = ("sgd", "momentum", "adam", "sparse")

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
    "training",
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
    "training": (
        "inputs",
        "targets",
        "validation",
        "method",
        "learn",
        "optimizer",
        "rates",
        "constraints",
        "clip",
        "stop",
        "rest",
        "epochs",
        "batch",
        "seed",
    ),
    "inputs": ("group", "value", "mode", "mask"),
    "targets": ("group", "value", "loss", "of"),
    "learn": ("connections", "input", "lagrangian"),
    "constraints": ("nonnegative", "norm", "gain"),
    "stop": ("patience", "by"),
    "rest": ("residual",),
    "implicit": ("tol",),
    "equilibrium": ("beta", "symmetric"),
    "contrastive": (),
    "through_time": ("steps", "dt", "keep", "at"),
    "sgd": ("rate",),
    "momentum": ("rate", "momentum"),
    "adam": ("rate", "beta1", "beta2", "epsilon"),
    "sparse": ("rate", "power", "rank", "anti"),
    "until": ("residual", "energy", "time", "wall", "expression", "method"),
    "record": ("every", "what", "groups", "neurons", "start"),
}
