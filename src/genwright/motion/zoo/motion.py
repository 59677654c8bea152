"""Models of clips that predict frames, and simple ones that they have to beat."""

from dataclasses import dataclass
from functools import partial

from ...core.errors import DataError
from ...core.hyper import one_of, whole
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...zoo import fields
from ...zoo.card import FLOOR, NO_LIKELIHOOD, Baseline, Card, On, choose_always, on_class
from ..families.next_frames import CopyLast, MeanFrame, NextFrames
from ..networks.next_frames import ConvLSTM, FramePredictor, StackedBlocks


@dataclass(frozen=True)
class NextFramesHyper(Trained):
    """Hyperparameters of networks that predict coming frames (Gao 2022, SimVP; Shi 2015, ConvLSTM)."""

    batch: int = 16
    lr: float = 2e-3
    weight_decay: float = 0.01
    width: int = fields.units(16, "channels of the code of a frame, a multiple of 8")
    hidden: int = fields.units(128, "channels of the middle, a multiple of 8")
    depth: int = fields.layers(4, "residual blocks of the middle, or ConvLSTM cells one above the other")
    halvings: int = whole(2, least=0, most=4, says="times that the sides of a code are half those of its frame")
    middle: str = one_of("blocks", "convlstm", says="what turns codes of the first frames into those of coming ones")
    first: int = whole(0, least=0, most=31, says="frames that it sees; 0 for half of them")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_groups(self, "width")
        fields.require_groups(self, "hidden")


NEXT_FRAMES_PRESETS = {
    "tiny": NextFramesHyper(batch=32, width=8, hidden=16, depth=1, halvings=1, lr=5e-3),
    "small": NextFramesHyper(),
    "convlstm": NextFramesHyper(middle="convlstm", width=16, hidden=64, depth=1, lr=1e-3),
}


def build_next_frames(spec: Spec, given: Spec, hyper: NextFramesHyper) -> Recipe:
    length, channels, *_ = spec.shape
    observed = hyper.first or max(1, length // 2)
    if observed >= length:
        raise DataError(f"first={observed} leaves nothing to predict of {length} frames: choose fewer")
    sizes = hyper.width, hyper.hidden, hyper.depth
    convlstm = hyper.middle == "convlstm"
    middle = ConvLSTM(length - observed, *sizes) if convlstm else StackedBlocks(observed, length - observed, *sizes)
    network = FramePredictor(observed, length - observed, channels, hyper.width, middle, hyper.halvings)
    return hyper.recipe(NextFrames(spec, given, network), warmup=500)


BEGINS = "Its samples begin as training clips do."
NEXT_FRAMES = Card(
    "next-frames",
    ("Take it to predict the frames that come, in one call.", f"It blurs where several things may come. {BEGINS}"),
    {"clips": On(build_next_frames, NEXT_FRAMES_PRESETS, choose_always("small"), default=True)},
    paper="SimVP, Gao 2022",
    equations=("motion.families.next_frames", "motion.networks.next_frames"),
    variants={"convlstm": "ConvLSTM, Shi 2015"},
    copies=True,
    near=("simvp", "predrnn"),
)
OfFrames = partial(Baseline, copies=True)
COPY_LAST = OfFrames(
    "copy-last",
    ("Take it as the floor of motion: nothing moves any more.", f"{NO_LIKELIHOOD} {BEGINS}"),
    {"clips": on_class(CopyLast)},
    paper="the last frame, again and again",
)
MEAN_FRAME = OfFrames(
    "mean-frame",
    ("Take it as the floor of predictions: it answers the same for every clip.", f"{FLOOR} {BEGINS}"),
    {"clips": on_class(MeanFrame)},
    paper="the mean of all frames",
)
BLACK = OfFrames(
    "black",
    ("Take it as what errors are measured against: every frame is black.", f"{FLOOR} {BEGINS}"),
    {"clips": on_class(MeanFrame, dict(black=True))},
    paper="black frames",
)
