"""Endings of files by what is in them, and the names of the formats of networks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["GRAPHS", "NETWORKS", "OTHERS", "PICTURES", "READ", "TRACES", "WRITTEN"]

# Formats of networks by the endings of files; what a .json file is shows its content.
NETWORKS: Mapping[str, str] = MappingProxyType(
    {
        ".yaml": "yaml",
        ".yml": "yaml",
        ".graphml": "graphml",
        ".json": "node-link",
        ".npz": "npz",
        ".mtx": "mtx",
    }
)
# Endings of networks that need not be YAML.
OTHERS = tuple(ending for ending, name in NETWORKS.items() if name != "yaml")
# Formats that networks are written in, and read from.
WRITTEN = ("yaml", "graphml", "node-link", "npz", "mtx")
READ = (*WRITTEN, "connectome")
GRAPHS = ("graphml", "node-link")
TRACES = (".nc",)
# Pictures, and the part of matplotlib that draws them.
PICTURES: Mapping[str, str] = MappingProxyType({".png": "agg", ".svg": "svg", ".pdf": "pdf"})
