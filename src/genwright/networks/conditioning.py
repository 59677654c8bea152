"""Conditions of networks: given variables, and the known part of an item.

A network sees the given variables as a `Condition`. It depends on nothing else, so sampling computes it once, however
often the network is called. Each leaf of the given Spec has a reader:

    scalars                              one learned vector each, summed into `vector`
    Real of shape (D,)                   a linear map into `vector`: an embedding, a list of properties
    Category of shape (T,), "sequence"   `tokens` and their `mask`, and their mean into `vector`: a text
    a leaf of shape (C, H, W), "grid"    `maps`: an image

A variable that is left out is NaN in all its columns, and its reader tells that from any value. `GivenMaps` reads
scalars, and grids of codes such as coarse codes for a prior of fine ones, at every place of a grid.
"""

from dataclasses import dataclass, fields
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.errors import Unsupported
from ..core.spec import Category, Leaf, Real, Spec
from ..distributions.coordinates import Array
from ..distributions.marginals import Marginals

TOKEN = 64  # numbers of a token
HEADS, LAYERS = 4, 2


class TextEncoder(nn.Module):
    """Encodes texts (B, T) of token codes as vectors (B, 1 + P, TOKEN), their mask (B, 1 + P) bool and their mean (B,
    width).

    P: tokens of the longest text of the batch. The first token says whether there is a text: the mean of a text that is
    left out (NaN) is of that token alone. The mask is False, and tokens are zeros, behind the end of a text, and at
    words that are left out (NaN). A transformer with its norms first (Xiong 2020) reads the tokens at learned
    positions.

    Args:
        leaf: a Category of shape (T,).
        width: Features of a layer.
    """

    def __init__(self, leaf: Category, width: int):
        super().__init__()
        self.pad = leaf.pad if leaf.ends else -1
        self.symbols = nn.Embedding(leaf.k, TOKEN)
        self.positions = nn.Parameter(torch.randn(leaf.shape[0], TOKEN))
        self.there = nn.Embedding(2, TOKEN)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(TOKEN, HEADS, 4 * TOKEN, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(LAYERS)
        )
        self.norm = nn.LayerNorm(TOKEN)
        self.mean = nn.Linear(TOKEN, width)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mask = ~x.isnan() & (x != self.pad)
        longest = int((mask.any(0) * torch.arange(1, x.shape[1] + 1, device=x.device)).amax())
        x, mask, is_given = x[:, :longest], mask[:, :longest], mask.any(1, keepdim=True)
        h = torch.cat([self.there(is_given.long()), self.symbols(x.nan_to_num().long()) + self.positions[:longest]], 1)
        mask = torch.cat([torch.ones_like(is_given), mask], 1)
        for layer in self.layers:
            h = layer(h, src_key_padding_mask=~mask)
        h = self.norm(h) * mask[..., None]
        return h, mask, self.mean(h.sum(1) / mask.sum(1, keepdim=True))


@dataclass(frozen=True)
class Condition:
    """The conditions of items in the forms that networks read; a part that they lack is None.

    Args:
        vector: (B, W).
        tokens: (B, T, TOKEN).
        mask: (B, T) bool, True at tokens to attend to.
        maps: (B, C, H, W).
    """

    vector: Tensor | None = None
    tokens: Tensor | None = None
    mask: Tensor | None = None
    maps: Tensor | None = None

    def __getitem__(self, items: Tensor | slice) -> "Condition":
        """The Condition of some of the items."""
        parts = (getattr(self, field.name) for field in fields(self))
        return Condition(*(None if part is None else part[items] for part in parts))


class ColumnFeatures(nn.Module):
    """Embeds scalar columns (B, D) as (B, D, width): a learned vector of the bin, plus the Gaussian coordinate along a
    learned direction.

    A value that is hidden (see `part`) or absent is a learned vector too. Neighbouring bins of a number mean nearly the
    same, so their vectors start at zero and learn slowly; those of categories start apart, as do hidden and absent:
    what a known value says depends on which others are known, and a hidden value must not look like a known one in the
    middle.

    Args:
        spec: Spec of the items.
        width: Features of a layer.
    """

    counts_bins = ("table",)  # parameters with a row for each bin of each column, and one for "hidden"

    def __init__(self, spec: Spec, width: int):
        super().__init__()
        self.marginals = Marginals(spec)
        columns, bins = len(spec.columns), self.marginals.bins
        is_category = torch.tensor([isinstance(leaf, Category) for leaf in spec.columns]).float()
        pace = 0.1 + 0.9 * is_category
        start = torch.randn(columns, bins + 1, width) * 0.5  # the first bin of a column is "absent", the last "hidden"
        start[:, 1:-1] *= is_category[:, None, None]
        self.table = nn.Parameter((start / pace[:, None, None]).flatten(0, 1))
        self.slope = nn.Parameter(torch.randn(columns, width))
        self.register_buffer("pace", pace[:, None], False)
        self.register_buffer("offset", torch.arange(columns) * (bins + 1), False)

    def forward(self, x: Tensor) -> Tensor:
        """Computes features (B, D, width) of columns x (B, D), NaN for absent."""
        bins = self.marginals.to_bins(x)
        return self._vectors(bins, self.marginals.centre(x, bins))

    def known_features(self, x: Tensor, known: Tensor | None) -> Tensor:
        """Computes the features of known values alone, with the others hidden.

        Args:
            x: (B, ...) input.
            known: (B, D) bool, or None where nothing is known.
        """
        if known is None:
            return (self.table[self.offset + self.marginals.bins] * self.pace).expand(len(x), -1, -1)
        bins = self.marginals.to_bins(x)
        middle = self.marginals.centre(x, bins)
        return self._vectors(torch.where(known, bins, self.marginals.bins), middle * known)

    def _vectors(self, bins: Tensor, middle: Tensor) -> Tensor:
        vectors = nn.functional.embedding(bins + self.offset, self.table)
        return vectors * self.pace + middle[..., None] * self.slope


class NumberEmbedding(nn.Module):
    """Embeds real numbers (B, D) linearly as (B, width); a learned vector stands for numbers that are left out.

    Args:
        leaf: Leaf of the spec.
        width: Features of a layer.
    """

    def __init__(self, leaf: Real, width: int):
        super().__init__()
        self.linear = nn.Linear(leaf.shape[0], width)
        self.out = nn.Parameter(torch.randn(width))

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x.isnan().any(1, keepdim=True), self.out, self.linear(x.nan_to_num()))


class Maps(nn.Module):
    """Converts a given image (B, C, H, W) to maps (B, C + 1, H, W): its coordinates, 0 where it is left out, and
    whether it is there."""

    def __init__(self, leaf: Leaf):
        super().__init__()
        self.view = Array(Spec((("picture", leaf),)))

    def forward(self, x: Tensor) -> Tensor:
        return known_maps(self.view.centre(x.nan_to_num()), ~x.isnan())


def kind_of(leaf: Leaf) -> str:
    """Returns the part of a `Condition` that reads a leaf: "vector", "tokens" (and "vector") or "maps"; "" without a
    reader."""
    if not leaf.shape or (isinstance(leaf, Real) and leaf.axis == "none" and len(leaf.shape) == 1):
        return "vector"
    if isinstance(leaf, Category) and leaf.axis == "sequence" and len(leaf.shape) == 1:
        return "tokens"
    return "maps" if leaf.axis == "grid" and len(leaf.shape) == 3 else ""


def map_channels(given: Spec) -> int:
    """Counts the channels of the `maps` of given variables."""
    return sum(leaf.shape[0] + 1 for leaf in given.columns if kind_of(leaf) == "maps")


def has_tokens(given: Spec) -> bool:
    """Tells whether any given variable is read as `tokens`."""
    return any(kind_of(leaf) == "tokens" for leaf in given.columns)


class Given(nn.Module):
    """Embeds the conditions of items as a `Condition`.

    (B, G) as the given Spec says -> Condition, its vector zeros where no variable is read into it.

    Raises Unsupported for a variable that it would not look at.

    A Condition passes as it is, so that what is called with given variables may be called with what they came to.

    Args:
        given: Spec of the conditions.
        width: Width of the vector.
        reads: what the network looks at, beside tokens: any network reads texts, since the vector holds them too.
    """

    def __init__(self, given: Spec, width: int, reads: tuple[str, ...] = ("vector", "maps")):
        super().__init__()
        for name, leaf in given.leaves:
            if kind_of(leaf) not in (*reads, "tokens"):
                raise Unsupported(
                    f"this family's network cannot read the condition {name!r} of shape {leaf.shape}: leave it out, or "
                    "take a family that can, such as flow-matching"
                )
        scalars = Spec(tuple((name, leaf) for name, leaf in given.leaves if not leaf.shape))
        of_width = {"vector": NumberEmbedding, "tokens": TextEncoder}
        readers = {"maps": Maps} | {kind: partial(reader, width=width) for kind, reader in of_width.items()}
        self.spec, self.width = given, width
        self.features = ColumnFeatures(scalars, width) if scalars.columns else None
        self.shaped = [(name, kind_of(leaf)) for name, leaf in given.leaves if leaf.shape]
        self.readers = nn.ModuleList(readers[kind_of(leaf)](leaf) for leaf in given.columns if leaf.shape)
        places = [sum(given.widths[:at]) for at, leaf in enumerate(given.columns) if not leaf.shape]
        self.register_buffer("places", torch.tensor(places, dtype=torch.long), False)

    def forward(self, given: Tensor | Condition) -> Condition:
        if isinstance(given, Condition):
            return given
        read = {"vector": [], "tokens": [], "maps": []}
        if self.features is not None:
            scalars = given[:, self.places] if self.shaped else given
            read["vector"].append(self.features(scalars).sum(1))
        for (name, kind), reader in zip(self.shaped, self.readers):
            read[kind].append(reader(self.spec.part(given, name)))
        tokens, masks, means = zip(*read["tokens"]) if read["tokens"] else ((), (), ())
        vectors, maps = [*read["vector"], *means], read["maps"]
        return Condition(
            sum(vectors[1:], vectors[0]) if vectors else given.new_zeros(len(given), self.width),
            torch.cat(tokens, 1) if tokens else None,
            torch.cat(masks, 1) if masks else None,
            torch.cat(maps, 1) if maps else None,
        )


class GivenVector(Given):
    """Embeds the conditions of items as one vector (B, width), for networks that read nothing else; zeros if there are
    none.

    A condition that is left out (NaN) has a learned vector of its own.

    Args:
        given: Spec of the conditioning variables, possibly of none.
        width: numbers of the vector.
    """

    def __init__(self, given: Spec, width: int):
        super().__init__(given, width, ("vector",))

    def forward(self, given: Tensor | Condition) -> Tensor:
        """Computes the vector (B, width) of each item's conditions.

        Args:
            given: (B, G) conditions, or the Condition made from them.
        """
        return super().forward(given).vector


def known_maps(z: Tensor, known: Tensor | None) -> Tensor:
    """Returns the known values of z, 0 elsewhere, and one channel of the mask: (B, C + 1, H, W).

    Args:
        z: (B, C, H, W) coordinates.
        known: bool like z, the same in every channel. None where nothing is known.
    """
    if known is None:
        return z.new_zeros(len(z), z.shape[1] + 1, *z.shape[2:])
    return torch.cat([z * known, known[:, :1].to(z.dtype)], 1)


def is_codes(leaf: Leaf) -> bool:
    return isinstance(leaf, Category) and leaf.axis == "grid" and len(leaf.shape) == 3


class GivenMaps(GivenVector):
    """Converts conditions to maps of an image's size.

    (B, G) as the given Spec says -> (B, width, *grid), or (B, width, 1, 1) where no codes are given.

    A code is a learned vector, as is one that is left out; convolutions look around it before the places of the finer
    grid that lie in it take it."""

    def __init__(self, given: Spec, width: int, grid: tuple[int, int]):
        super().__init__(Spec(tuple((name, leaf) for name, leaf in given.leaves if not is_codes(leaf))), width)
        self.whole, self.grid = given, grid
        self.leaves = [(name, leaf) for name, leaf in given.leaves if is_codes(leaf)]
        self.tables = nn.ModuleList(nn.Embedding(leaf.k + 1, width) for _, leaf in self.leaves)
        self.around = nn.ModuleList(
            nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(2)) for _ in self.leaves
        )

    def forward(self, given: Tensor) -> Tensor:
        if not self.leaves:
            return super().forward(given)[:, :, None, None]
        flat_parts = [self.whole.part(given, name).reshape(len(given), -1) for name in self.spec.names]
        total = super().forward(torch.cat([given[:, :0], *flat_parts], 1))[:, :, None, None]
        for (name, leaf), table, convolution in zip(self.leaves, self.tables, self.around):
            codes = self.whole.part(given, name)
            h = table(torch.where(codes.isnan(), leaf.k, codes).long()).sum(1).movedim(-1, 1)
            for conv in convolution:
                h = h + conv(F.silu(h))
            total = total + F.interpolate(h, size=self.grid, mode="nearest")
        return total
