"""A side network that steers a trained U-Net by one map more, such as edges (Zhang 2023, ControlNet).

    trunk  the trained network, which stays as it is
    side   a copy of its way down, which also sees the map: h = first(x) + zero(map)

Each map that the side makes is added, through a convolution that begins at zero, to that of the trunk. So an untrained
side changes nothing, and all that the trunk knows is there from the first step on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ..core.errors import DataError
from ..core.spec import Spec
from .adapters import Velocity
from .conditioning import TOKEN, Condition, Maps, has_tokens, kind_of
from .mlp import starting_at_zero
from .unet import CrossAttention, PictureUNet, WayDown


@dataclass(frozen=True)
class Steered:
    """What is given, as trunk and side read it, and the map: (B, C, H, W)."""

    trunk: Condition
    side: Condition
    steer: Tensor


@dataclass(frozen=True)
class SideOfUNet(PictureUNet):
    """The body of the side. steers: channels of the map."""

    steers: int = 2

    def per_element(self) -> "SideUNet":
        sizes = self.width, self.blocks, self.condition, self.patch, self.dropout
        return SideUNet(self.inputs, self.steers, *sizes, has_tokens(self.given))


class SideUNet(WayDown):
    """Places of the trunk and a map -> what is added to the trunk: maps of the finer level, and one of the coarser.

    Args:
        inputs: channels that the trunk sees.
        steers: channels of the map.
        width, blocks, condition, patch, dropout: as of `WayDown`.
        tokens: whether it looks at c.tokens.
    """

    def __init__(
        self, inputs: int, steers: int, width: int, blocks: int, condition: int, patch: int, dropout: float,
        tokens: bool,
    ):  # fmt: skip
        super().__init__(inputs, width, blocks, condition, patch, dropout)
        self.looks = nn.ModuleList([CrossAttention(2 * width, TOKEN)]) if tokens else None
        self.steer = starting_at_zero(nn.Conv2d(steers * patch**2, width, 3, padding=1))
        self.fine = nn.ModuleList(starting_at_zero(nn.Conv2d(width, width, 1)) for _ in range(blocks))
        self.coarse = starting_at_zero(nn.Conv2d(2 * width, 2 * width, 1))

    def forward(self, places: Tensor, steer: Tensor, c: Condition) -> tuple[list[Tensor], Tensor]:
        skips, h = self.descend(self.first(places) + self.steer(self.as_places(steer)), c)
        return [conv(skip) for conv, skip in zip(self.fine, skips)], self.coarse(h)


class SteeredVelocity(nn.Module):
    """A velocity (see `adapters`) whose last given variable is the map that steers it.

    Args:
        body: of the trunk, without what is given.
        given: of all variables.

    Raises DataError where the last of them is no image.
    """

    def __init__(self, body: PictureUNet, given: Spec):
        super().__init__()
        if not given.leaves or kind_of(given.columns[-1]) != "maps":
            raise DataError("control reads an image that is given last, and there is none: begin with --control edges")
        told, leaf = Spec(given.leaves[:-1]), given.columns[-1]
        body = replace(body, given=told)
        self.widths = [sum(told.widths), given.widths[-1]]
        self.read = Maps(leaf)
        self.shape = leaf.shape
        self.trunk = Velocity(body, told).requires_grad_(False)
        side = SideOfUNet(**vars(body), steers=leaf.shape[0] + 1)
        self.side = Velocity(side, told)

    def copy_trunk(self) -> None:
        """Begin the side as a copy of the trunk."""
        self.side.load_state_dict(self.trunk.state_dict(), strict=False)

    def condition(self, given: Tensor | Steered, silent: Tensor | None = None) -> Steered:
        """The condition of trunk and side. silent: bool like given, of what the side is not told; the map it always
        is."""
        if isinstance(given, Steered):
            return given
        told, steer = given.split(self.widths, 1)
        aside = told if silent is None else told.masked_fill(silent.split(self.widths, 1)[0], torch.nan)
        return Steered(self.trunk.given(told), self.side.given(aside), self.read(steer.unflatten(1, self.shape)))

    def forward(
        self, z: Tensor, t: Tensor, given: Tensor | Steered, known_values: Tensor, known: Tensor | None
    ) -> Tensor:
        c, trunk = self.condition(given), self.trunk.net
        own, aside = self.trunk.at_time(c.trunk, t), self.side.at_time(c.side, t)
        maps = [z, self.trunk.known.known_features(known_values, known)]
        places = trunk.places_of(maps, own)
        skips, h = trunk.descend(trunk.first(places), own)
        fine, coarse = self.side.net(places, c.steer, aside)
        return trunk.ascend(_sums(skips, fine), h + coarse, own, z.shape[2:])


def _sums(some: Sequence[Tensor], others: Sequence[Tensor]) -> list[Tensor]:
    return [a + b for a, b in zip(some, others)]
