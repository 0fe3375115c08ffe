"""`hamsim convert`: a network from one format of files to another."""

from __future__ import annotations

import click

from hamsim.cli.common import PathType, json_option, parse_overrides, require_present, set_option
from hamsim.cli.complete import files, words
from hamsim.cli.made import note_network
from hamsim.cli.output import echo_json, say_facts
from hamsim.fileformats import NETWORKS, READ, WRITTEN

_READ = f"{', '.join(READ[:-1])} or {READ[-1]}"
_WRITTEN = f"{', '.join(WRITTEN[:-1])} or {WRITTEN[-1]}"


@click.command("convert")
@click.argument("source", type=PathType(path_type=str), shell_complete=files(*NETWORKS))
@click.argument("target", type=PathType(path_type=str), shell_complete=files(*NETWORKS))
@click.option(
    "--from",
    "source_format",
    metavar="FORMAT",
    shell_complete=words(*READ),
    help=f"Of SOURCE: {_READ}; by its ending if left out.",
)
@click.option(
    "--to",
    "to",
    metavar="FORMAT",
    shell_complete=words(*WRITTEN),
    help=f"Of TARGET: {_WRITTEN}; by its ending if left out.",
)
@click.option(
    "--synapses",
    "synapse_types",
    multiple=True,
    metavar="TYPE",
    help="Of a connectome: take only synapses of this type. Repeatable.",
)
@click.option(
    "--weight", metavar="NAME", help="Of a graph: the edges' attribute that is the weight."
)
@click.option("--default-weight", type=float, metavar="W", help="Of edges that have no weight.")
@click.option("--id", "id_", metavar="NAME", help="The nodes' attribute that is the neuron's name.")
@click.option("--group", metavar="NAME", help="The nodes' attribute that is the neuron's group.")
@click.option("--tau", metavar="NAME", help="The nodes' attribute that is tau.")
@click.option("--default-tau", type=float, metavar="TAU", help="Of nodes that have no tau.")
@click.option("--input", "input_", metavar="NAME", help="The nodes' attribute that is the input.")
@click.option("--initial", metavar="NAME", help="The nodes' attribute that is the first state.")
@click.option(
    "--repeated",
    type=click.Choice(["add", "last", "error", "refuse"]),
    default="add",
    help="What becomes of parallel edges: they are added up, the last one holds, or an error.",
)
@set_option
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@json_option
def command(
    source: str,
    target: str,
    source_format: str | None,
    to: str | None,
    synapse_types: tuple[str, ...],
    weight: str | None,
    default_weight: float | None,
    id_: str | None,
    group: str | None,
    tau: str | None,
    default_tau: float | None,
    input_: str | None,
    initial: str | None,
    repeated: str,
    overrides: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Write a network in another format; nothing is lost on the way there and back.

    Formats by their endings: .yaml; .graphml and .json (node-link), graphs for networkx, Gephi,
    Cytoscape and the like; .npz and .mtx, the weight matrix for scipy, Matlab or Julia. A .json
    file of the C. elegans Connectome Toolbox can be read too. Everything is written as it is
    compiled: draws, files and rules become numbers.

    Neurons of a graph are its nodes, named by their label where they have one. Attributes of other
    names than weight, group, tau, input and initial are named by options:

    hamsim convert worm.graphml worm.yaml --weight Synapses --group type

    Example:  hamsim convert networks/ring.yaml ring.graphml
    """
    from hamsim.formats.convert import read, target_format, write
    from hamsim.formats.graph.attributes import Choice
    from hamsim.report.files import conversion_report

    # Before anything is read, which may take long: a target that cannot be written.
    chosen = target_format(target, to, force)
    choice = Choice(weight, default_weight, id_, group, tau, default_tau, input_, initial, repeated)
    values = parse_overrides(overrides)
    require_present(source)
    found = read(source, source_format, values, synapse_types or None, choice)
    note_network(found.seed, values)
    written = write(found.network, target, chosen, force)
    report = conversion_report(found, chosen, written)
    if as_json:
        echo_json(report.to_dict())
        return
    say_facts(report.sections(), "{}: ")
