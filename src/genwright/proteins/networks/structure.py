"""From tracks to coordinates: invariant point attention and the structure module (Jumper 2021, supplement 1.8)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .frames import Frames
from .pair_updates import Transition


class InvariantPointAttention(nn.Module):
    """Invariant point attention (algorithm 22): residues attend by their vectors, by the pair track, and by how near
    their points lie. A rigid motion of all frames does not change the output.

    Args:
        width: Width of residues.
        pair_width: Pair width of pairs.
        heads: Heads of attention.
        scalars: numbers of a query of each head.
        points: points of a query of each head.
        values: points of a value of each head.
    """

    def __init__(
        self, width: int, pair_width: int, heads: int = 4, scalars: int = 16, points: int = 4, values: int = 8
    ):
        super().__init__()
        self.heads, self.scalars, self.points, self.values = heads, scalars, points, values
        self.qkv = nn.Linear(width, 3 * heads * scalars)
        self.q_points, self.k_points = (nn.Linear(width, 3 * heads * points) for _ in range(2))
        self.v_points = nn.Linear(width, 3 * heads * values)
        self.pair_bias = nn.Linear(pair_width, heads, bias=False)
        self.sharpness = nn.Parameter(torch.full((heads,), 0.541))  # softplus of it is 1
        self.out = nn.Linear(heads * (scalars + pair_width + 4 * values), width)

    def forward(self, single: Tensor, pairs: Tensor, frames: Frames, mask: Tensor) -> Tensor:
        """Computes the update (B, N, width).

        Args:
            single: (B, N, width).
            pairs: (B, N, N, pair_width).
            frames: (B, N), in units of about ten Angstrom.
            mask: (B, N) bool, residues that exist.
        """
        q, k, v = self.qkv(single).unflatten(-1, (self.heads, -1)).transpose(1, 2).chunk(3, -1)
        q_points, k_points, v_points = (
            frames.apply(layer(single).unflatten(-1, (-1, 3))).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for layer in (self.q_points, self.k_points, self.v_points)
        )  # (B, heads, N, points, 3) in the protein's axes
        distance = torch.cdist(q_points.flatten(3), k_points.flatten(3), compute_mode="use_mm_for_euclid_dist")
        sharpness = F.softplus(self.sharpness)[:, None, None] * (2 / (9 * self.points)) ** 0.5 / 2
        logits = (
            q @ k.mT * self.scalars**-0.5 + self.pair_bias(pairs).permute(0, 3, 1, 2) - sharpness * distance.square()
        )
        weights = (logits * 3**-0.5).masked_fill(~mask[:, None, None], -1e4).softmax(-1)
        attended = (weights @ v).transpose(1, 2).flatten(2)
        attended_pairs = torch.einsum("bhij,bijc->bihc", weights, pairs).flatten(2)
        attended_points = (weights @ v_points.flatten(3)).transpose(1, 2).flatten(2).unflatten(2, (-1, 3))
        attended_points = frames.invert(attended_points)
        lengths = (attended_points.square().sum(-1) + 1e-8).sqrt()
        return self.out(torch.cat([attended, attended_pairs, attended_points.flatten(2), lengths], -1))


class StructureModule(nn.Module):
    """The structure module (algorithm 20) of backbones: frames start at the origin, and steps with shared weights
    attend and move them.

    Args:
        width: Width of residues.
        pair_width: Pair width of pairs.
        steps: number of steps.
        invariant: whether attention sees the frames; else only the pair track.
        heads: Heads of attention.
    """

    def __init__(self, width: int, pair_width: int, steps: int = 2, invariant: bool = True, heads: int = 4):
        super().__init__()
        self.steps = steps
        self.single_norm, self.pair_norm = nn.LayerNorm(width), nn.LayerNorm(pair_width)
        self.enter = nn.Linear(width, width)
        if invariant:
            self.attention = InvariantPointAttention(width, pair_width, heads)
        else:
            self.attention = BlindAttention(width, pair_width, heads)
        self.norm, self.transition = nn.LayerNorm(width), Transition(width)
        self.update = nn.Linear(width, 6)

    def forward(self, single: Tensor, pairs: Tensor, mask: Tensor) -> tuple[Tensor, list[Frames]]:
        """Computes the single track (B, N, width) after the last step, and the frames (B, N) after each step.

        Args:
            single: (B, N, width) single track.
            pairs: (B, N, N, pair_width) pair track.
            mask: (B, N) bool, residues that exist.
        """
        single, pairs = self.enter(self.single_norm(single)), self.pair_norm(pairs)
        frames, course = Frames.identity(*single.shape[:2], device=single.device), []
        for _ in range(self.steps):
            single = self.norm(single + self.attention(single, pairs, frames, mask))
            single = single + self.transition(single)
            frames = frames.compose(Frames.from_updates(self.update(single)))
            course.append(frames)
            frames = frames.detach_rotation()
        return single, course


class BlindAttention(InvariantPointAttention):
    """Invariant point attention without its points: the loss of accuracy shows what they bring."""

    def forward(self, single: Tensor, pairs: Tensor, frames: Frames, mask: Tensor) -> Tensor:
        """Computes the update as `InvariantPointAttention` does; frames are not read.

        Args:
            mask: bool mask.
        """
        return super().forward(single, pairs, Frames.identity(*single.shape[:2], device=single.device), mask)
