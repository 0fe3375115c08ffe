"""The same network written otherwise: claims about it must not contradict."""

import numpy as np

from attack.cases import network
from attack.faults import Fault

SHARE = 0.2  # of networks


def attack(model, description, claims, rng):
    """Faults of claims that are proved of a network, and refuted of its twin."""
    if rng.random() > SHARE or model.gates or model.n > 20:
        return
    import hamsim

    other = twin(model, description)
    try:
        certificate = hamsim.check(other)
    except hamsim.HamsimError as error:
        yield Fault("twin is refused", str(error)[:200])
        return
    for name, status in claims.items():
        second = getattr(certificate, name, None)
        if {status, second} == {"proved", "refuted"}:
            yield Fault("twins contradict", f"{name}: {status}, and {second} of {other}")


def twin(model, description):
    """Groups in reverse, tau times 4, all else alike."""
    names = list(description["groups"])[::-1]
    order = np.concatenate([model.groups[name] for name in names])
    groups = {}
    for name in names:
        made = dict(description["groups"][name])
        made["tau"] = (4.0 * np.array(made["tau"])).tolist()
        groups[name] = made
    return network(groups, model.W[np.ix_(order, order)])
