"""A side network that steers a trained U-Net by one map more, such as edges (Zhang 2023, ControlNet).

    trunk  the trained network, which stays as it is
    side   a copy of its way down, which also sees the map: h = first(x) + zero(map)

Each map that the side makes is added, through a convolution that begins at zero, to that of the trunk. So an untrained
side changes nothing, and all that the trunk knows is there from the first step on.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ..core.errors import DataError
from ..core.spec import Spec
from .adapters import Velocity
from .conditioning import TOKEN, Condition, Maps, has_tokens, kind_of
from .mlp import init_at_zero
from .towers import Pixels
from .unet import CrossAttention, PictureUNet, UNet, WayDown


@dataclass(frozen=True)
class Steered:
    """The conditions as trunk and side network read them, and the steering map (B, C, H, W)."""

    trunk: Condition
    side: Condition
    steer: Tensor


@dataclass(frozen=True)
class SideOfUNet:
    """The body of the side network.

    Args:
        body: Body of the trunk.
        steers: channels of the map.
    """

    body: PictureUNet
    steers: int

    @property
    def condition(self) -> int:
        return self.body.condition

    @property
    def reads(self) -> tuple[str, ...]:
        return self.body.reads

    def reader(self) -> Pixels:
        return self.body.reader()

    def per_element(self) -> "SideUNet":
        body = self.body
        sizes = body.width, body.blocks, body.condition, body.patch, body.dropout
        return SideUNet(body.inputs, self.steers, *sizes, has_tokens(body.given))


class SideUNet(WayDown):
    """The side network of a U-Net: reads the trunk's input and the map, and returns additions to the trunk's skips.
    There are maps of the finer level, and one of the coarser.

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
        self.steer = init_at_zero(nn.Conv2d(steers * patch**2, width, 3, padding=1))
        self.fine = nn.ModuleList(init_at_zero(nn.Conv2d(width, width, 1)) for _ in range(blocks))
        self.coarse = init_at_zero(nn.Conv2d(2 * width, 2 * width, 1))

    def forward(self, places: Tensor, steer: Tensor, c: Condition) -> tuple[list[Tensor], Tensor]:
        skips, h = self.descend(self.first(places) + self.steer(self.as_places(steer)), c)
        return [conv(skip) for conv, skip in zip(self.fine, skips)], self.coarse(h)


class SteeredVelocity(nn.Module):
    """A velocity network (see `adapters`) whose last given variable is a map that steers it.

    Args:
        body: of the trunk, without what is given.
        given: of all variables.

    Raises DataError where the last of them is no image.
    """

    def __init__(self, body: PictureUNet, given: Spec):
        super().__init__()
        if not given.leaves or kind_of(given.columns[-1]) != "maps":
            raise DataError("control reads an image that is given last, and there is none: begin with --control edges")
        trunk_given, leaf = Spec(given.leaves[:-1]), given.columns[-1]
        body = replace(body, given=trunk_given)
        self.widths = [sum(trunk_given.widths), given.widths[-1]]
        self.read = Maps(leaf)
        self.shape = leaf.shape
        self.trunk = Velocity(body, trunk_given).requires_grad_(False)
        self.side = Velocity(SideOfUNet(body, leaf.shape[0] + 1), trunk_given)

    def copy_trunk(self) -> None:
        """Initialises the side network as a copy of the trunk."""
        self.side.load_state_dict(self.trunk.state_dict(), strict=False)
        unet = next(part for part in self.trunk.net.modules() if isinstance(part, UNet))  # within a network of clips
        self.side.net.load_state_dict(unet.state_dict(), strict=False)

    def condition(self, given: Tensor | Steered, silent: Tensor | None = None) -> Steered:
        """Computes the conditions of trunk and side network.

        Args:
            given: (B, G) conditions of the items.
            silent: bool like given, conditions that the side does not see; the map it always sees.
        """
        if isinstance(given, Steered):
            return given
        condition, steer = given.split(self.widths, 1)
        aside = condition if silent is None else condition.masked_fill(silent.split(self.widths, 1)[0], torch.nan)
        return Steered(self.trunk.given(condition), self.side.given(aside), self.read(steer.unflatten(1, self.shape)))

    def forward(
        self, z: Tensor, t: Tensor, given: Tensor | Steered, known_values: Tensor, known: Tensor | None
    ) -> Tensor:
        c, maps = self.condition(given), [z, self.trunk.known.known_features(known_values, known)]
        aside = self.side.at_time(c.side, t)
        return self.trunk.net(maps, self.trunk.at_time(c.trunk, t), lambda at: self.side.net(at, c.steer, aside))
