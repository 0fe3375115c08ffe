"""Clusters of Dask: one that is there, or one of this machine for as long as a sweep takes."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hamsim.errors import HamsimError, given

__all__ = ["LOCAL", "connected", "library"]

LOCAL = "local"
SECONDS = 10.0  # that a scheduler may take to answer
# Deaths that a scheduler of ours forgives a task: it is given up at the third.
FORGIVEN = 2


def library() -> Any:
    """The package distributed.

    Raises
    ------
    HamsimError
        It is not installed.
    """
    try:
        import distributed
    except ImportError:
        raise HamsimError("the engine dask needs distributed: pip install 'hamsim[dask]'") from None
    return distributed


@contextmanager
def connected(where: Any, workers: int) -> Iterator[Any]:
    """A client of a cluster; one that was given is not closed.

    Parameters
    ----------
    where : None, str, path or distributed.Client
        "local" or None, the address of a scheduler, the file of a scheduler, or a client.
    workers : int
        Processes of a local cluster.

    Raises
    ------
    HamsimError
        distributed is not installed, or nobody answers.
    """
    distributed = library()
    if isinstance(where, distributed.Client):
        if where.asynchronous:
            raise HamsimError("engine: the client of Dask is asynchronous; make it without that")
        yield where
    elif where is None or where == LOCAL:
        with _quiet(), _local(distributed, workers) as client:
            yield client
    elif isinstance(where, str | os.PathLike):
        with _quiet(), _client(distributed, os.fspath(where)) as client:
            yield client
    else:
        raise HamsimError(
            f"engine: {given(where)} is no cluster; allowed: 'dask', the address of a scheduler, "
            "its file (.json), or a distributed.Client"
        )


@contextmanager
def _local(distributed: Any, workers: int) -> Iterator[Any]:
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": FORGIVEN}),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            preload=["hamsim.scale.engines.deaf"],
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def _client(distributed: Any, where: str) -> Iterator[Any]:
    place = {"scheduler_file": where} if where.endswith(".json") else {"address": where}
    try:
        client = distributed.Client(**place, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        said = " ".join(str(error).split())
        raise HamsimError(f"no scheduler of Dask answers at {where}: {said[:200]}") from None
    try:
        yield client
    finally:
        client.close(timeout=SECONDS)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask logs of workers that come and go to itself; what matters is an error."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            yield
    finally:
        logger.setLevel(level)
