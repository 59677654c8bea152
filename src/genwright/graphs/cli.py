"""Studies on graphs: `genwright depth`, `expressiveness` and `ladder`."""

from pathlib import Path
from typing import Annotated

from ..cli.arguments import about, load
from ..cli.options import Device, EdgeListOptions, Quiet
from ..cli.parser import Shown
from ..core.safe_text import visible

Graph = Annotated[
    str, Shown("GRAPH", help="A graph whose nodes have labels: cora, karate-club, or an edge list with --nodes.")
]
Folder = Annotated[Path | None, Shown(panel="Folder")]


def depth(
    data: Graph,
    *,
    options: EdgeListOptions,
    seeds: int = 3,
    minutes: float = 60.0,
    out: Folder = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Measure how a graph network changes with its depth.

    It measures accuracy and over-smoothing by the number of layers, without and with remedies.

    Example: genwright depth cora --seeds 1 --minutes 20

    Your graph: genwright depth edges.csv --nodes nodes.csv --target label

    Args:
        seeds: Number of fits per network, each with its own seed.
        minutes: Start no fit after this many minutes. Run again to resume.
        out: Folder (runs/depth-GRAPH).
    """
    from .studies.depth import count_undone, sweep

    out = out or Path("runs") / f"depth-{Path(data).stem}"
    with about(data):
        loaded = load(data, options, 0, quiet)
        results = sweep(loaded, out, seeds, minutes, not quiet, device)
    progress_words = f"{len(results.models):,} fits, {count_undone(results):,} left"
    print(visible(f"{progress_words}: {out / 'depth.png'} and {out / 'results.json'}"))


def expressiveness(*, out: Annotated[Path, Shown(panel="Folder")] = Path("runs/expressiveness")) -> None:
    """Show which graph networks tell look-alike graphs apart.

    Example: genwright expressiveness

    Args:
        out: Folder for the figure and the table.
    """
    from .studies.expressiveness import as_text, show, table

    print(as_text(table(show(out))))
    print(visible(f"{out / 'expressiveness.png'} and {out / 'results.json'}"))


def ladder(
    data: Graph,
    *,
    family: list[str] | None = None,
    options: EdgeListOptions,
    seeds: int = 3,
    out: Folder = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Compare methods that label the nodes of a graph.

    It trains methods from label propagation to graph attention, and prints measured accuracy beside published.

    Example: genwright ladder cora

    Your graph: genwright ladder edges.csv --nodes nodes.csv --target label

    Args:
        family: Train only this method (repeatable).
        seeds: Fits of each method, each with its own seed.
        out: Folder (runs/ladder-GRAPH). Resumes a ladder there.
    """
    from ..core.terminal import console
    from .studies.ladder import ladder, print_ladder

    with about(data):
        loaded = load(data, options, 0, quiet)
        ladder_study = ladder(loaded, family, seeds=seeds, out=out, progress=not quiet, device=device)
    if not quiet:
        print_ladder(ladder_study.results, console())
    methods = len(ladder_study.results.plan.families)
    print(visible(f"{methods} methods: {ladder_study.picture} and {ladder_study.folder / 'results.json'}"))
