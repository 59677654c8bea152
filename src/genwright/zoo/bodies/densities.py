"""Densities of codes, which every kind of data puts together alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.spec import Category, Real, Spec

if TYPE_CHECKING:
    from ...families.baselines.gaussian import Gaussians


def code_density(given: Spec, latents: int) -> Gaussians:
    """Over codes (B, latents): a Gaussian for each label where a label is all that is given, else a mixture of
    twenty."""
    from ...families.baselines.gaussian import Gaussians

    label = len(given.columns) == 1 and isinstance(given.columns[0], Category) and not given.columns[0].shape
    return Gaussians(Spec((("code", Real(shape=(latents,))),)), given, "label" if label else 20)
