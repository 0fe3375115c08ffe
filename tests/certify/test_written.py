"""Networks whose Lagrangians are written out as formulas get the certificates of their families."""

from pathlib import Path

import pytest
import yaml
from certify.decided import certificate_of

import hamsim
from hamsim.cli.examples import zoo
from hamsim.compiler import as_network
from hamsim.lagrangians.table import TABLE

FILES = [*sorted(zoo().glob("*.yaml")), *sorted((Path(__file__).parent / "users").glob("*.yaml"))]


def written_out(network):
    """The description of a network with a formula for each family that has one; or None."""
    description = yaml.safe_load(network.source)
    some = False
    for group in description["groups"].values():
        own = group["lagrangian"]
        own = {"kind": own} if isinstance(own, str) else dict(own)
        row = TABLE.get(own.pop("kind", ""))
        if row is not None and row.written:
            values = {parameter.name: parameter.default for parameter in row.parameters}
            group["lagrangian"] = {"expression": row.written, **values, **own}
            some = True
    return description if some else None


def cases():
    """The first network with each set of Lagrangians of which some can be written out."""
    seen = set()
    for path in FILES:
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"].values()
        kinds = [group.get("lagrangian", "identity") for group in groups]
        kinds = [kind if isinstance(kind, str) else kind.get("kind", "") for kind in kinds]
        written = [kind in TABLE and bool(TABLE[kind].written) for kind in kinds]
        if any(written) and frozenset(kinds) not in seen:
            seen.add(frozenset(kinds))
            yield path


@pytest.mark.parametrize("path", list(cases()), ids=lambda path: path.stem)
def test_a_network_with_formulas_gets_the_same_certificate(path):
    network = as_network(path)
    description = written_out(network)
    assert description is not None
    known, derived = certificate_of(path), hamsim.check(description)
    for field in ("symmetry", *known.FIELDS):
        assert getattr(derived, field) == getattr(known, field), field
    steps = [kind.max_step or 0.0 for kind in (derived, known)]
    assert steps[0] == pytest.approx(steps[1], rel=1e-12)
    told = [[(c.name, c.status) for c in kind.conditions] for kind in (known, derived)]
    assert told[1] == told[0]
