"""What is seen of the cues of one run, each a copy of a pattern: kept of each run of a sweep.

The run begins with ``initial: {corrupt: {of: {patterns: NAME}, ...}}``, so that trial k is a copy
of pattern k.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hamsim.lazy import unread
from hamsim.memory.overlap import overlaps, scale_of
from hamsim.memory.patterns import cued_of, stored_in
from hamsim.memory.recalled import updates_of
from hamsim.observables import group_activation
from hamsim.spec.dump import stated
from hamsim.spec.load import load
from hamsim.spec.schema import Spec
from hamsim.trace.trace import Trace

__all__ = ["NAME", "seen"]

NAME = "cues"  # under which it is kept


def seen(trace: Trace) -> dict[str, Any]:
    """What became of each cue of a run.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to ndarray, each of shape (cues,)
        `own`, the overlap with the pattern that the cue is a copy of; `other`, the overlap of
        largest size with another one, 0 if there is none; `wrong`, the share of neurons whose sign
        is not the pattern's; `updates`; and `rests`, 1 where the run came to rest.
    """
    assert trace.state is not None
    spec = load(stated(unread(trace.header, "source"), *Spec.model_fields))
    patterns = stored_in(spec, cued_of(spec))
    state, groups = np.atleast_2d(trace.state.x), trace.header.groups
    scale = scale_of(groups, patterns.neurons)
    g = np.concatenate([group_activation(group, state[:, group.slice]) for group in groups], axis=1)
    said, xi = scale.said(g[:, patterns.neurons]), scale.meant(patterns.values)
    overlap = overlaps(said, xi)
    cues = np.arange(len(said))
    own = overlap[cues, cues].copy()
    overlap[cues, cues] = 0.0
    return {
        "own": own,
        "other": overlap[cues, np.argmax(np.abs(overlap), axis=1)],
        "wrong": np.mean(said * xi[cues] <= 0, axis=1),
        "updates": updates_of(trace, cues.size),
        "rests": np.array([word == "converged" for word in trace.outcomes], dtype=np.int64),
    }
