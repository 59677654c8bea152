"""Series for the autoregressive family, and the baselines of series."""

from dataclasses import dataclass

from ...core.hyper import one_of, whole
from ...core.limits import MOST_LAYERS, MOST_WIDTH
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...zoo import autoregressive, baselines
from ...zoo.card import FLOOR, Baseline, On, extend_card, on_class
from ...zoo.fields import require_multiple
from ..families.autoregressive import SeriesAutoregressive
from ..families.baselines import BootstrapSeries, Climatology, Last, Seasonal, ShuffledRows, VectorAutoregression
from ..networks.network import BODIES, HEADS, SeriesNetwork

BOTH = "both"
EVEN_HEADS = 2 * HEADS  # of which a width is a multiple


@dataclass(frozen=True)
class SeriesHyper(Trained):
    """Hyperparameters of an autoregressive model of series."""

    batch: int = 32
    lr: float = 4e-3
    body: str = one_of(
        *(BOTH, *BODIES), says="network over the rows so far (Cho 2014; Vaswani 2017); both: the better one"
    )
    width: int = whole(32, least=EVEN_HEADS, most=MOST_WIDTH, says=f"units of a row, a multiple of {EVEN_HEADS}")
    depth: int = whole(2, least=1, most=MOST_LAYERS, says="layers of a transformer")
    units: int = whole(32, least=1, most=MOST_WIDTH, says="units of each of the two hidden layers of a column")

    def __post_init__(self) -> None:
        super().__post_init__()
        require_multiple(self, "width", EVEN_HEADS, "heads of attention of an even number of units")


PRESETS = {
    "small": SeriesHyper(),
    **{body: SeriesHyper(body=body) for body in BODIES},
    "tiny": SeriesHyper(body="gru", width=EVEN_HEADS, depth=1, units=8),
}


def build(spec: Spec, given: Spec, hyper: SeriesHyper) -> Recipe:
    sizes = hyper.width, hyper.depth, hyper.units
    bodies = BODIES if hyper.body == BOTH else (hyper.body,)
    networks = [SeriesNetwork(spec, given, body, *sizes) for body in bodies]
    return hyper.recipe(SeriesAutoregressive(spec, given, *networks), warmup=1_000, clip=100.0)


KEPT = "training series"  # of baselines that begin as one of them
AUTOREGRESSIVE = extend_card(
    autoregressive.AUTOREGRESSIVE,
    {
        "series": On(
            build, PRESETS, paper="rows by a GRU or a transformer, cells by MADE (Germain 2015)",
            equations=("series.families.autoregressive",), default=True,
        )
    },
    advice=(
        "Take it for exact likelihoods of series and of single rows, and for forecasts.",
        "It samples one row after another, and it has no codes.",
    ),
)  # fmt: skip
BOOTSTRAP = extend_card(baselines.BOOTSTRAP, {"series": on_class(BootstrapSeries)})
SHUFFLED_ROWS = Baseline(
    "shuffled-rows",
    ("Take it to see what the order of rows is worth: every row is real.", "Never take it for new series."),
    {"series": on_class(ShuffledRows, paper="training rows in random order")},
    copies=True,
)
CLIMATOLOGY = Baseline(
    "climatology",
    ("Take it as the strongest trivial forecast: training rows of the same month or hour.", FLOOR),
    {"series": on_class(Climatology, paper="training rows of the same month or hour", keeps=KEPT)},
)
LAST = Baseline(
    "persistence",
    ("Take it as the forecast that nothing changes.", FLOOR),
    {"series": on_class(Last, paper="the row before", keeps=KEPT)},
)
SEASONAL = Baseline(
    "seasonal-naive",
    ("Take it as the forecast that the last season comes again.", FLOOR),
    {"series": on_class(Seasonal, paper="the row one season before", keeps=KEPT)},
)
VAR = Baseline(
    "var",
    ("Take it for numbers that depend on the row before by straight lines.", FLOOR),
    {"series": on_class(VectorAutoregression, paper="Luetkepohl 2005, order 1", keeps=KEPT)},
    near=("arima", "prophet"),
)
