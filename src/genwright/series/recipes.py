"""Recipes of the families of series."""

from dataclasses import dataclass

from ..core.hyper import one_of, whole
from ..core.limits import MOST_LAYERS, MOST_WIDTH
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from ..zoo.fields import require_multiple

BODIES = "gru", "transformer"
BOTH = "both"
WIDTH = 8  # of which a width is a multiple: the heads of attention, an even number of units each


@dataclass(frozen=True)
class SeriesHyper(Trained):
    """Hyperparameters of an autoregressive model of series."""

    batch: int = 32
    lr: float = 4e-3
    body: str = one_of(
        *(BOTH, *BODIES),
        says="network over the rows so far (Cho 2014; Vaswani 2017); both: the better one",
    )
    width: int = whole(32, least=WIDTH, most=MOST_WIDTH, says="units of a row, a multiple of 8")
    depth: int = whole(2, least=1, most=MOST_LAYERS, says="layers of a transformer")
    units: int = whole(32, least=1, most=MOST_WIDTH, says="units of each of the two hidden layers of a column")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_multiple(self, "width", WIDTH, "the heads of attention share them")


PRESETS = {
    "small": SeriesHyper(),
    **{body: SeriesHyper(body=body) for body in BODIES},
    "tiny": SeriesHyper(body="gru", width=8, depth=1, units=8),
}


def build(spec: Spec, given: Spec, hyper: SeriesHyper) -> Recipe:
    from .autoregressive import SeriesAutoregressive
    from .network import SeriesNetwork

    sizes = hyper.width, hyper.depth, hyper.units
    bodies = BODIES if hyper.body == BOTH else (hyper.body,)
    networks = [SeriesNetwork(spec, given, body, *sizes) for body in bodies]
    return hyper.recipe(SeriesAutoregressive(spec, given, *networks), warmup=1_000, clip=100.0)


def build_climatology(spec: Spec, given: Spec) -> Recipe:
    return _baseline("Climatology", spec, given)


def build_last(spec: Spec, given: Spec) -> Recipe:
    return _baseline("Last", spec, given)


def build_seasonal(spec: Spec, given: Spec) -> Recipe:
    return _baseline("Seasonal", spec, given)


def build_var(spec: Spec, given: Spec) -> Recipe:
    return _baseline("VectorAutoregression", spec, given)


def build_shuffled_rows(spec: Spec, given: Spec) -> Recipe:
    return _baseline("ShuffledRows", spec, given)


def build_bootstrap(spec: Spec, given: Spec) -> Recipe:
    return _baseline("BootstrapSeries", spec, given)


def _baseline(name: str, spec: Spec, given: Spec) -> Recipe:
    from . import baselines

    return Recipe(getattr(baselines, name)(spec, given))
