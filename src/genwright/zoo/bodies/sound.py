"""Sound: hyperparameters that several families share."""

from dataclasses import dataclass

from ...core.hyper import flag, whole
from ...core.recipe import Trained
from .. import fields

DEEPEST = 24  # layers of a WaveNet: each looks twice as far back as the one before it
LONGEST = 2**24  # samples or codes of a crop
TINY = dict(width=8, depth=3, head=16, batch=16, lr=1e-2)


@dataclass(frozen=True)
class OfWaveNet(Trained):
    """Hyperparameters of families that predict the next sample or code by a WaveNet (van den Oord 2016)."""

    width: int = fields.units(96, "units of a layer of the WaveNet")
    depth: int = whole(10, least=1, most=DEEPEST, says="layers of the WaveNet, each of which looks twice as far back")
    head: int = fields.units(256, "units between the WaveNet's layers and its logits")
    clock: bool = flag(False, says="tell the WaveNet how far a position is from the beginning")
