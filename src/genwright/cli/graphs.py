"""Studies of networks on graphs: `genwright depth`, `ladder` and `expressiveness`."""

from pathlib import Path

from ..core.visible import visible
from .options import EdgeListOptions
from .reading import about, load


def depth(
    data: str,
    *,
    options: EdgeListOptions,
    seeds: int = 3,
    minutes: float = 60.0,
    out: Path | None = None,
    device: str = "auto",
    quiet: bool = False,
) -> None:
    """Measure how a graph network changes with its depth.

    It measures accuracy and over-smoothing by the number of layers, without and with remedies.

    Example: genwright depth cora --seeds 1 --minutes 20

    Your graph: genwright depth edges.csv --nodes nodes.csv --target label

    Args:
        data (GRAPH): A graph whose nodes have labels: cora, karate-club, or an edge list with --nodes.
        seeds: Number of fits per network, each with its own seed.
        minutes: Start no fit after this many minutes. Run again to resume.

    Folder:
        out: Folder (runs/depth-GRAPH).
    """
    from ..studies.depth import left, sweep

    out = out or Path("runs") / f"depth-{Path(data).stem}"
    with about(data):
        loaded = load(data, options, 0, quiet)
        found = sweep(loaded, out, seeds, minutes, not quiet, device)
    done = f"{len(found.models):,} fits, {left(found):,} left"
    print(visible(f"{done}: {out / 'depth.png'} and {out / 'results.json'}"))


def expressiveness(*, out: Path = Path("runs/expressiveness")) -> None:
    """Show which graph networks tell look-alike graphs apart.

    Example: genwright expressiveness

    Folder:
        out: Folder for the figure and the table.
    """
    from ..studies.expressiveness import as_text, show, table

    print(as_text(table(show(out))))
    print(visible(f"{out / 'expressiveness.png'} and {out / 'results.json'}"))


def ladder(
    data: str,
    *,
    family: list[str] | None = None,
    options: EdgeListOptions,
    seeds: int = 3,
    out: Path | None = None,
    device: str = "auto",
    quiet: bool = False,
) -> None:
    """Compare methods that label the nodes of a graph.

    It trains methods from label propagation to graph attention, and prints measured accuracy beside published.

    Example: genwright ladder cora

    Your graph: genwright ladder edges.csv --nodes nodes.csv --target label

    Args:
        data (GRAPH): A graph whose nodes have labels: cora, karate-club, or an edge list with --nodes.
        family (FAMILY): Train only this method (repeatable).
        seeds: Fits of each method, each with its own seed.

    Folder:
        out: Folder (runs/ladder-GRAPH). Resumes a ladder there.
    """
    from rich.console import Console

    from ..studies.ladder import ladder, print_ladder

    with about(data):
        loaded = load(data, options, 0, quiet)
        done = ladder(loaded, family, seeds=seeds, out=out, progress=not quiet, device=device)
    if not quiet:
        print_ladder(done.results, Console())
    methods = len(done.results.plan["families"])
    print(visible(f"{methods} methods: {done.picture} and {done.folder / 'results.json'}"))
