"""`PhasePlane` and `EnergyPlane` in a notebook."""

from __future__ import annotations

from hamsim.arrays import Floats
from hamsim.counted import counted
from hamsim.equilibria.energy_plane import EnergyPlane
from hamsim.equilibria.phase_plane import PhasePlane
from hamsim.html.charts import heat_map
from hamsim.html.elements import facts, notes, paragraph, table
from hamsim.html.markup import Html
from hamsim.notebook.representations.pages import page
from hamsim.report.words import named

__all__ = ["show"]

MOST_ROWS = 20


def show(shown: PhasePlane | EnergyPlane) -> Html:
    """What there is over the plane, as a map, and what is known of single points of it."""
    return _phase(shown) if isinstance(shown, PhasePlane) else _energy(shown)


def _phase(shown: PhasePlane) -> Html:
    a, b = map(named, shown.labels)
    names = (f"{shown.what} of {a}", f"{shown.what} of {b}")
    maps = [
        _map(shown.a, shown.b, velocity, f"velocity of {whose}", names)
        for whose, velocity in zip((a, b), shown.velocity, strict=True)
    ]
    rows = [
        (f"{x:.6g}", f"{y:.6g}", ", ".join(map(_written, eigenvalues)))
        for (x, y), eigenvalues in zip(shown.balance, shown.eigenvalues, strict=True)
    ]
    at_rest = table((*names, "eigenvalues"), rows, most=MOST_ROWS, caption="Points of balance")
    others = shown.others()
    note = f"{a} and {b}, {counted(len(rows), 'point')} of balance"
    return page(
        "PhasePlane",
        shown.name,
        note,
        *maps,
        paragraph("White: this neuron does not move.", "quiet"),
        at_rest if rows else "",
        facts([("others", others)] if others else []),
        notes(shown.notes),
    )


def _energy(shown: EnergyPlane) -> Html:
    name = "energy of the symmetric network" if shown.scaled else "energy"
    drawn = _map(
        shown.a, shown.b, shown.energy, name, (named(shown.names[0]), named(shown.names[1]))
    )
    known = (
        [] if shown.known is None else [("attractors", f"{len(shown.known):,} were found first")]
    )
    size = f"{shown.a.size} by {shown.b.size} {'states' if shown.what == 'x' else 'activations'}"
    return page("EnergyPlane", shown.network.name, size, drawn, facts(known), notes(shown.notes))


def _map(a: Floats, b: Floats, values: Floats, what: str, names: tuple[str, str]) -> Html:
    """Values over the plane: rows of the array go up."""
    rows = [(0.0, f"{b[-1]:.4g}"), (1.0, f"{b[0]:.4g}")]
    span = (float(a[0]), float(a[-1]))
    return heat_map(values[::-1], f"{what}; up: {names[1]}", span, rows, axis=names[0])


def _written(eigenvalue: complex) -> str:
    if eigenvalue.imag == 0:
        return f"{eigenvalue.real:.4g}"
    return (
        f"{eigenvalue.real:.4g} {'+' if eigenvalue.imag > 0 else '-'} {abs(eigenvalue.imag):.4g}i"
    )
