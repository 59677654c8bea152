"""From letters to a single track and a pair track (Jumper 2021, supplement, algorithms 3 to 12)."""

from dataclasses import dataclass

from torch import Tensor, nn

from .attention import ColumnAttention, DistanceAttention, LocalConvolutions, RowAttention
from .pair_updates import (
    EndsProduct,
    OuterProductMean,
    RecyclingEmbedder,
    RelativePosition,
    Transition,
    TriangleProduct,
)

LETTERS, GAP = 22, 21  # 20 residues, the unknown one, and the gap of an alignment
MOST_PLACES = 512  # residues from which all places are alike
Before = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Residues:
    """B chains, padded to the longest.

    Args:
        letters: (B, N) int64.
        mask: (B, N) bool, residues that exist.
        places: (B, N) int64 number of each residue in its chain; a break counts as many residues.
        alignment: (B, S, N) int64 letters of related sequences, of which the first is the chain; a row of gaps alone
            is no sequence. Default: None.
    """

    letters: Tensor
    mask: Tensor
    places: Tensor
    alignment: Tensor | None = None


@dataclass(frozen=True)
class TrunkSizes:
    """Sizes of a trunk.

    Args:
        width: Width of residues.
        pair_width: Pair width of pairs.
        blocks: updates of both tracks, one after another.
        convolutions: along the chain.
        sequence_layers: Sequence layers of attention along the chain, before there are pairs.
        heads: Heads of attention.
        triangles: whether pairs hear the other edges of their triangles.
        alignment: whether chains may have an alignment.
        places: whether residues know their number in the chain, not only their separations.
    """

    width: int = 128
    pair_width: int = 32
    blocks: int = 1
    convolutions: int = 2
    sequence_layers: int = 0
    heads: int = 4
    triangles: bool = True
    alignment: bool = False
    places: bool = False


class TrunkBlock(nn.Module):
    """A block of the trunk (algorithm 6): attention of residues with a bias of pairs, transition, pairs of the
    residues, triangle products, transition of pairs."""

    def __init__(self, sizes: TrunkSizes):
        super().__init__()
        width, pair_width = sizes.width, sizes.pair_width
        self.attention, self.transition = RowAttention(width, pair_width, sizes.heads), Transition(width)
        self.ends, self.pair_transition = EndsProduct(width, pair_width), Transition(pair_width)
        directions = (True, False) if sizes.triangles else ()
        self.triangles = nn.ModuleList(TriangleProduct(pair_width, outgoing) for outgoing in directions)

    def forward(self, single: Tensor, pairs: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Computes the updates of both tracks, (B, N, width) and (B, N, N, pair_width).

        Args:
            mask: (B, N) bool.
        """
        single = single + self.attention(single, mask, pairs)
        single = single + self.transition(single)
        pairs = pairs + self.ends(single)
        pair_mask = mask[:, :, None] & mask[:, None]
        for triangle in self.triangles:
            pairs = pairs + triangle(pairs, pair_mask)
        return single, pairs + self.pair_transition(pairs)


class AlignmentTrack(nn.Module):
    """The track of an alignment: attention along rows (algorithm 7) and columns (8), and their outer product mean (10).

    Args:
        sizes: Sizes of the trunk.
        width: Width of a cell.
    """

    def __init__(self, sizes: TrunkSizes, width: int = 32):
        super().__init__()
        self.embedding, self.enter = nn.Embedding(LETTERS, width), nn.Linear(sizes.width, width)
        self.rows, self.columns = RowAttention(width, sizes.pair_width, 4), ColumnAttention(width, 4)
        self.transition, self.outer = Transition(width), OuterProductMean(width, sizes.pair_width)
        self.leave = nn.Linear(width, sizes.width)

    def forward(self, residues: Residues, single: Tensor, pairs: Tensor) -> tuple[Tensor, Tensor]:
        """Computes additions to the single track and to the pair track from the alignment of the residues.

        Args:
            residues: B chains with an alignment.
            single: (B, N, width) single track.
            pairs: (B, N, N, pair_width) pair track.
        """
        is_aligned = ((residues.alignment != GAP) & residues.mask[:, None]).any(2)
        is_aligned[:, 0] = True
        row_mask = is_aligned[..., None] & residues.mask[:, None]
        cells = self.embedding(residues.alignment) + self.enter(single)[:, None]
        cells = cells + self.rows(cells, row_mask, pairs)
        cells = cells + self.columns(cells, row_mask)
        cells = cells + self.transition(cells)
        return self.leave(cells[:, 0]), self.outer(cells, row_mask)


class Trunk(nn.Module):
    """The trunk of AlphaFold 2, over residues and pairs.

    trunk(residues, before) -> single (B, N, width), pairs (B, N, N, pair_width). before: both tracks and CA (B, N,
    3) in Angstrom of the pass before; None in the first."""

    def __init__(self, sizes: TrunkSizes, recycles: bool = False):
        super().__init__()
        self.embedding = nn.Embedding(LETTERS, sizes.width)
        self.places = nn.Embedding(MOST_PLACES, sizes.width) if sizes.places else None
        self.convolutions = LocalConvolutions(sizes.width, sizes.convolutions)
        self.sequence = nn.ModuleList(
            nn.ModuleList([DistanceAttention(sizes.width, sizes.heads), Transition(sizes.width)])
            for _ in range(sizes.sequence_layers)
        )
        self.ends = nn.Linear(sizes.width, 2 * sizes.pair_width)
        self.position = RelativePosition(sizes.pair_width)
        self.recycling = RecyclingEmbedder(sizes.width, sizes.pair_width) if recycles else None
        self.alignment = AlignmentTrack(sizes) if sizes.alignment else None
        self.blocks = nn.ModuleList(TrunkBlock(sizes) for _ in range(sizes.blocks))

    def forward(self, residues: Residues, state: Before | None = None) -> tuple[Tensor, Tensor]:
        single = self.embedding(residues.letters)
        if self.places is not None:
            single = single + self.places(residues.places.clamp(max=MOST_PLACES - 1))
        single = self.convolutions(single, residues.mask)
        for attention, transition in self.sequence:
            single = single + attention(single, residues.mask, residues.places)
            single = single + transition(single)
        left, right = self.ends(single).chunk(2, -1)
        position = self.position(residues.places).to(left.dtype)  # pairs are large: half precision where layers have it
        pairs = left[:, :, None] + right[:, None] + position
        if state is not None:
            of_single, of_pairs = self.recycling(*state)
            single, pairs = single + of_single, pairs + of_pairs
        if residues.alignment is not None and self.alignment is not None:
            of_single, of_pairs = self.alignment(residues, single, pairs)
            single, pairs = single + of_single, pairs + of_pairs
        for block in self.blocks:
            single, pairs = block(single, pairs, residues.mask)
        return single, pairs
