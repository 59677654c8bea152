"""Frames of residues: a rotation and an origin for each, that move with the protein (Jumper 2021, supplement 1.8)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

IDEAL = ((-0.525, 1.363, 0.0), (0.0, 0.0, 0.0), (1.526, 0.0, 0.0))  # N, CA, C of a residue in its own frame, Angstrom


@dataclass(frozen=True)
class Frames:
    """Rigid motions x -> R x + t from the axes of each residue to those of the protein.

    Args:
        rotation: (..., 3, 3) R, its columns the axes.
        origin: (..., 3) t, in the unit of the points.
    """

    rotation: Tensor
    origin: Tensor

    @classmethod
    def identity(cls, *shape: int, device: torch.device | str = "cpu") -> "Frames":
        """Returns frames (*shape) that move nothing."""
        return cls(torch.eye(3, device=device).expand(*shape, 3, 3), torch.zeros(*shape, 3, device=device))

    @classmethod
    def from_points(cls, atoms: Tensor) -> "Frames":
        """Builds frames of residues (algorithm 21): the origin is CA, the first axis points to C, and N lies in the
        plane of the first two.

        Args:
            atoms: (..., 3, 3) rows N, CA, C.
        """
        n, ca, c = atoms.unbind(-2)
        first = F.normalize(c - ca, dim=-1)
        side = n - ca
        second = F.normalize(side - (side * first).sum(-1, keepdim=True) * first, dim=-1)
        return cls(torch.stack([first, second, torch.linalg.cross(first, second)], -1), ca)

    @classmethod
    def from_updates(cls, update: Tensor) -> "Frames":
        """Builds frames from updates (algorithm 23): rotations by the quaternions (1, b, c, d), and shifts.

        Args:
            update: (..., 6) b, c, d and the shift; zeros move nothing.
        """
        ones = torch.ones_like(update[..., :1])
        a, b, c, d = F.normalize(torch.cat([ones, update[..., :3]], -1), dim=-1).unbind(-1)
        rows = (
            (a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)),
            (2 * (b * c + a * d), a * a - b * b + c * c - d * d, 2 * (c * d - a * b)),
            (2 * (b * d - a * c), 2 * (c * d + a * b), a * a - b * b - c * c + d * d),
        )
        return cls(torch.stack([torch.stack(row, -1) for row in rows], -2), update[..., 3:])

    def compose(self, inner: "Frames") -> "Frames":
        """Composes two motions: `inner` first, then this one."""
        return Frames(self.rotation @ inner.rotation, self.apply(inner.origin[..., None, :])[..., 0, :])

    def apply(self, points: Tensor) -> Tensor:
        """Maps points (..., P, 3) from each residue's axes to those of the protein."""
        return points @ self.rotation.mT + self.origin[..., None, :]

    def invert(self, points: Tensor) -> Tensor:
        """Maps points (..., P, 3) from the protein's axes to those of each residue."""
        return (points - self.origin[..., None, :]) @ self.rotation

    def detach_rotation(self) -> "Frames":
        """Returns the frames without a gradient through the rotations."""
        return Frames(self.rotation.detach(), self.origin)

    def detach(self) -> "Frames":
        """Returns the frames without any gradient."""
        return Frames(self.rotation.detach(), self.origin.detach())

    def build_atoms(self, unit: float = 1.0) -> Tensor:
        """Computes positions (..., 3, 3) of N, CA and C of residues with ideal geometry, in Angstrom.

        Args:
            unit: Angstrom of the frames' unit.
        """
        ideal = torch.tensor(IDEAL, device=self.origin.device)
        return Frames(self.rotation, self.origin * unit).apply(ideal)
