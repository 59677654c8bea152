"""Clips whose coming frames are predicted all at once from the first ones, and what such a predictor has to beat.

    next frames    min E || f(x_1 .. x_K) - x_{K+1} .. x_T ||^2                       (SimVP, Gao 2022, eq. 2)
    copy last      every coming frame is the last one that is known
    mean frame     every coming frame is the mean of all training frames
    black          every coming frame is black

The best f is the mean of all that may come: where that is uncertain, its frames are blurred. `complete` predicts the
frames after the last that is known, again and again where the clip goes on beyond what f predicts. Places that are
known between predicted ones stay as they are, and f does not look at them.

None of these learns how clips begin. A sample begins as a training clip does, with the K frames of one of BEGINNINGS
that are kept.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.family import Family
from ...core.spec import Spec
from ...core.trainable import Batch, Items
from ...distributions.coordinates import Array
from ...families.conditions import pick_nearest

BEGINNINGS = 256  # training clips whose first frames are kept


class Continuing(Family):
    """Base of families that predict the frames of a clip after the first ones.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        first: frames that a sample begins with.
    """

    completes = "point"
    allow_bf16 = False
    gaps = ("beginnings", "values")
    grows: ClassVar[dict[str, int]] = {"values": 0}
    lacks = {"log_prob": "a prediction of frames has no density"}

    def __init__(self, spec: Spec, given: Spec, first: int):
        super().__init__(spec, given)
        self.first = first
        self.register_buffer("beginnings", None)  # (n, K, C, H, W), of the dtype that clips have in training
        self.register_buffer("values", torch.zeros(0, given.width))  # what these clips are given

    def finish(self, items: Items, rng: Draws) -> None:
        clip_numbers = rng.permutation(len(items))[:BEGINNINGS].to(items.x.device)
        self.beginnings, self.values = items.x[clip_numbers, : self.first].clone(), items.given[clip_numbers].clone()

    def flaw(self) -> str:
        complete = self.beginnings is not None and len(self.beginnings) == len(self.values) > 0
        shape = (self.first, *self.spec.shape[1:])
        return (
            "" if complete and tuple(self.beginnings.shape[1:]) == shape else "beginnings that training cannot have had"
        )

    def continued(self, frames: Tensor) -> Tensor:
        """Predicts the frames (B, m, C, H, W), in levels, that come after `frames` (B, first, C, H, W); m is at least
        1."""
        raise NotImplementedError

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        """Samples n clips: takes a beginning from training, with the nearest conditions, and continues it."""
        if not given.shape[1]:
            clip_numbers = rng.integers(len(self.beginnings), (n,))
        else:
            clip_numbers = pick_nearest(self.given, given, self.values, rng)
        return self._go_on(self.beginnings[clip_numbers].float())

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """Completes clips from their known first frames. Clips with different numbers of known frames are continued in
        groups.

        Args:
            x: (B, *shape) items.
            known: bool like x, True where a number is known.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        x, known_frames = x.float().masked_fill(~known, 0.0), self._count_known(known)
        completions = x.clone()
        for count in known_frames.unique().tolist():
            has_count = known_frames == count
            clips = self._go_on(x[has_count, :count])
            completions[has_count] = torch.where(known[has_count], x[has_count], clips)
        return completions

    def _count_known(self, known: Tensor) -> Tensor:
        """(B,) how many frames of each clip are known before the first of which something is not."""
        return known.flatten(2).all(2).long().cumprod(1).sum(1)

    def _go_on(self, known_frames: Tensor) -> Tensor:
        """Whole clips of their first frames (B, k, C, H, W), k from 0 on. Before the first one, it stands still; before
        any, all is black."""
        length, first = self.spec.shape[0], known_frames[:, :1]
        if not known_frames.shape[1]:
            known_frames = first = known_frames.new_zeros(len(known_frames), 1, *self.spec.shape[1:])
        while known_frames.shape[1] < length:
            context = torch.cat(
                [first.expand(-1, max(0, self.first - known_frames.shape[1]), -1, -1, -1), known_frames], 1
            )
            known_frames = torch.cat([known_frames, self.continued(context[:, -self.first :])], 1)
        return known_frames[:, :length]


class NextFrames(Continuing):
    """A network that predicts all coming frames of a clip at once, trained by SimVP's squared error (Gao 2022).

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: Network of `motion.networks.next_frames`, a FramePredictor.
    """

    method = "the mean of the coming frames"
    unit = "squared error"

    def __init__(self, spec: Spec, given: Spec, network: nn.Module):
        super().__init__(spec, given, network.seen)
        self.network, self.view = network, Array(spec)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        x = self.view.centre(batch.x)
        error = self.network(x[:, : self.first]) - x[:, self.first :]
        return (error**2).mean(), {}

    def continued(self, frames: Tensor) -> Tensor:
        top = self.spec.leaf.levels - 1
        z = self.network(self.view.centre(frames)).float()
        return ((z + 1) * (self.spec.leaf.levels / 2) - 0.5).clamp(0, top)


class CopyLast(Continuing):
    """A baseline that repeats the last known frame.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
    """

    method = "the last frame that is known"

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given, max(1, spec.shape[0] // 2))

    def continued(self, frames: Tensor) -> Tensor:
        return frames[:, -1:]


class MeanFrame(Continuing):
    """A baseline that repeats the mean of all training frames.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        black: whether it is black instead.
    """

    def __init__(self, spec: Spec, given: Spec, black: bool = False):
        super().__init__(spec, given, max(1, spec.shape[0] // 2))
        self.black = black
        self.method = "black frames" if black else "the mean of the training frames"
        self.register_buffer("frame", torch.zeros(spec.shape[1:]))

    def finish(self, items: Items, rng: Draws) -> None:
        super().finish(items, rng)
        if not self.black:
            total = sum(part.double().mean(1).sum(0) for part in items.x.split(256))
            self.frame = (total / len(items)).float()

    def continued(self, frames: Tensor) -> Tensor:
        return self.frame.expand(len(frames), 1, *self.frame.shape)
