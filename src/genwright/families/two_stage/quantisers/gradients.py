"""How the gradient at what a vector was taken to comes back to the vector, since choosing has none.

z: (..., D), q: (..., D) -> q, as a function of z.
"""

import torch.nn.functional as F
from torch import Tensor

TINY = 1e-6


def straight_through(z: Tensor, q: Tensor) -> Tensor:
    """q = z + const (Bengio 2013): the gradient at q is that at z."""
    return z + (q - z).detach()


def rotated(z: Tensor, q: Tensor) -> Tensor:
    """q = |q| / |z| R z, R the rotation of z to q in their plane, both held constant (Fifty 2024, arXiv 2410.06424,
    section 4): the gradient turns with z, so that where z lies among those that choose q is not forgotten."""
    a, b = F.normalize(z.detach(), dim=-1), F.normalize(q.detach(), dim=-1)
    r = F.normalize(a + b, dim=-1)
    turned = z - 2 * (z * r).sum(-1, keepdim=True) * r + 2 * (z * a).sum(-1, keepdim=True) * b
    lengths = q.detach().norm(dim=-1, keepdim=True) / z.detach().norm(dim=-1, keepdim=True).clamp(min=TINY)
    return lengths * turned
