"""A network that was trained as a description, with its arrays in an npz file beside it."""

from __future__ import annotations

import os
from pathlib import Path

from hamsim.formats.yamlfiles import write_yaml
from hamsim.network import Network
from hamsim.network.replaced import sharing

__all__ = ["checkpoint_of", "trained_files", "write_trained"]


def trained_files(path: str | os.PathLike[str]) -> tuple[Path, Path]:
    """The description, and the file of its arrays."""
    target = Path(path)
    return target, target.with_name(f"{target.stem}-data.npz")


def checkpoint_of(path: str | os.PathLike[str]) -> Path:
    """Where training is kept whose result goes to a path."""
    target = Path(path)
    return target.with_name(f"{target.stem}-checkpoint.npz")


def write_trained(
    network: Network, path: str | os.PathLike[str], said: str = ""
) -> tuple[Path, Path]:
    """Write a network, which loads to the same bits.

    Weights, and long lists of other values, are arrays in the npz file; a convolution keeps its
    kernel. The block `training` is not written: nothing else is needed to load the network.

    Parameters
    ----------
    network : Network
    path : path
        Files that are there are replaced.
    said : str
        What is added to the description.

    Returns
    -------
    tuple of Path
        The files that were written.

    Raises
    ------
    HamsimError
    """
    target, beside = trained_files(path)
    if said:
        description = "\n".join(part for part in (network.description.rstrip(), said) if part)
        network = sharing(network, {}, description=description)
    write_yaml(network, target, beside)
    return target, beside
