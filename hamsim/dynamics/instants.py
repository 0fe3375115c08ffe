"""Which methods take neurons with tau = 0 that depend on each other."""

from __future__ import annotations

from hamsim.field.following import require_one_state
from hamsim.field.instants import require_explicit_instants
from hamsim.methods import METHODS, Method
from hamsim.methods.implicit import Implicit
from hamsim.network import Network

__all__ = ["require_instants"]


def require_instants(network: Network, method: Method) -> None:
    """Refuse neurons with tau = 0 of which the method does not find the states.

    Those that depend on each other solve an equation. A method that solves one in each step solves
    theirs along with it; others would have to solve it in each of their stages.

    Raises
    ------
    SimulationError
    """
    if isinstance(method, Implicit):
        require_one_state(network)
        return
    solving = " or ".join(name for name, each in METHODS.items() if isinstance(each, Implicit))
    require_explicit_instants(
        network,
        "give one of them a tau above 0, remove the connection, or take method "
        f"{solving}, which solves for them",
    )
