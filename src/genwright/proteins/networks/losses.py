"""Losses of structures and of what a network believes of them (Jumper 2021, supplement 1.9)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .frames import Frames

TOLERANCES = (0.5, 1.0, 2.0, 4.0)  # Angstrom, of lDDT (Mariani 2013)


def mean_over(values: Tensor, mask: Tensor) -> Tensor:
    """Averages values (B, ...) where mask holds: (B,), 0 where it holds nowhere."""
    values, mask = values.flatten(1), mask.flatten(1)
    return torch.where(mask, values, 0.0).sum(1) / mask.sum(1).clamp(min=1)


def fape(
    frames: Frames, points: Tensor, true_frames: Frames, true_points: Tensor, known: Tensor,
    clamp: Tensor | float | None = None, unit: float = 10.0,
) -> Tensor:  # fmt: skip
    """Computes the frame-aligned point error (B,) (algorithm 28): the mean distance of points as each residue's frame
    sees them.

    A mirror image has another error; a rigid motion of the prediction, or of the truth, has the same.

    Args:
        frames: (B, N) predicted, Angstrom.
        points: (B, N, 3) predicted CA.
        true_frames: (B, N).
        true_points: (B, N, 3).
        known: (B, N) bool, residues whose truth is known.
        clamp: Angstrom beyond which an error is as large and has no gradient; (B,) or one. Default: None, open.
        unit: Angstrom that count as 1.
    """
    local = frames.invert(points[:, None])
    true = true_frames.invert(true_points[:, None])
    error = ((local - true).square().sum(-1) + 1e-4).sqrt()
    if clamp is not None:
        error = torch.minimum(error, torch.as_tensor(clamp, device=error.device).view(-1, 1, 1))
    return mean_over(error, known[:, :, None] & known[:, None]) / unit


def distogram_loss(logits: Tensor, ca: Tensor, known: Tensor, nearest: float = 2.0, farthest: float = 22.0) -> Tensor:
    """Computes the cross entropy (B,) of binned CA distances (equation 41). (The paper bins those of CB.)

    Args:
        logits: (B, N, N, bins).
        ca: (B, N, 3) true, Angstrom.
        known: (B, N) bool.
        nearest, farthest: Angstrom of the first and the last edge.
    """
    edges = torch.linspace(nearest, farthest, logits.shape[-1] - 1, device=ca.device)
    return _binned(logits, torch.cdist(ca, ca), edges, known[:, :, None] & known[:, None])


def lddt(ca: Tensor, true_ca: Tensor, known: Tensor, reach: float = 15.0) -> Tensor:
    """Computes the lDDT of each residue, (B, N) in [0, 1]: the share of true distances below `reach` that stay within
    tolerances. A mirror image has 1.

    Args:
        ca: (B, N, 3) predicted positions, in Angstrom.
        true_ca: (B, N, 3) true positions.
        known: (B, N) bool, residues with a true position.
        reach: Angstrom.
    """
    true = torch.cdist(true_ca, true_ca)
    is_other = ~torch.eye(known.shape[1], dtype=torch.bool, device=known.device)
    in_reach = (true < reach) & known[:, :, None] & known[:, None] & is_other
    error = (torch.cdist(ca, ca) - true).abs()
    preserved = sum((error < tolerance).float() for tolerance in TOLERANCES) / len(TOLERANCES)
    return (preserved * in_reach).sum(-1) / in_reach.sum(-1).clamp(min=1)


def expected_lddt(
    logits: Tensor, distance: Tensor, counts: Tensor, nearest: float = 2.0, farthest: float = 22.0
) -> Tensor:
    """Computes the lDDT (B, N) in [0, 1] that a distogram expects of positions: the chance that a true distance lies
    within a tolerance of the distance at hand, averaged over tolerances and pairs. Within a bin, all distances are
    equally likely.

    Args:
        logits: (B, N, M, bins) of the distogram.
        distance: (B, N, M) between residues as they are placed, in Angstrom.
        counts: (B, N, M) bool, pairs that count.
        nearest, farthest: as of `distogram_loss`.
    """
    bins = logits.shape[-1]
    below = F.pad(logits.float().softmax(-1).cumsum(-1), (1, 0))  # each edge, with one more at both ends
    step = (farthest - nearest) / (bins - 2)

    def chance_below(limit: Tensor) -> Tensor:
        place = ((limit - nearest) / step + 1).clamp(0, bins)
        bin_below = place.floor().clamp(max=bins - 1).long()[..., None]
        low, high = below.gather(-1, bin_below)[..., 0], below.gather(-1, bin_below + 1)[..., 0]
        return low + (high - low) * (place - bin_below[..., 0])

    within = sum(chance_below(distance + t) - chance_below(distance - t) for t in TOLERANCES) / len(TOLERANCES)
    return (within * counts).sum(-1) / counts.sum(-1).clamp(min=1)


def predicted_lddt(logits: Tensor) -> Tensor:
    """Computes the expected lDDT (..., N) in [0, 1] of logits (..., N, bins) (algorithm 29)."""
    bins = logits.shape[-1]
    centres = (torch.arange(bins, device=logits.device) + 0.5) / bins
    return (logits.float().softmax(-1) * centres).sum(-1)


def predicted_lddt_loss(logits: Tensor, true: Tensor, known: Tensor) -> Tensor:
    """Computes the cross entropy (B,) of the binned lDDT.

    Args:
        logits: (B, N, bins).
        true: (B, N) lDDT.
        known: (B, N) bool.
    """
    edges = torch.linspace(0, 1, logits.shape[-1] + 1, device=true.device)[1:-1]
    return _binned(logits, true, edges, known)


def aligned_error(frames: Frames, true_frames: Frames) -> Tensor:
    """Computes the distance (B, N, N), in Angstrom, between predicted and true CA j in the coordinates of frame i.

    Args:
        frames, true_frames: (B, N).
    """
    local = frames.invert(frames.origin[:, None])
    return (local - true_frames.invert(true_frames.origin[:, None])).square().sum(-1).sqrt()


def aligned_error_loss(logits: Tensor, error: Tensor, known: Tensor) -> Tensor:
    """Computes the cross entropy (B,) of the binned aligned error (supplement 1.9.7).

    Args:
        logits: (B, N, N, bins), each of half an Angstrom.
        error: (B, N, N) Angstrom.
        known: (B, N) bool.
    """
    edges = 0.5 * torch.arange(1, logits.shape[-1], device=error.device)
    return _binned(logits, error, edges, known[:, :, None] & known[:, None])


def _binned(logits: Tensor, values: Tensor, edges: Tensor, known: Tensor) -> Tensor:
    """(B,) cross entropy of the bins that values (B, ...) lie in. logits: (B, ..., bins). known: (B, ...) bool."""
    right = torch.bucketize(torch.where(known, values, 0.0), edges)
    losses = F.cross_entropy(logits.float().flatten(0, -2), right.flatten(), reduction="none")
    return mean_over(losses.view(known.shape), known)
