"""Images, simple baselines: how they are put together."""

from __future__ import annotations

from ...core.recipe import Recipe
from ...core.spec import Spec
from ...families.baselines.baselines import Bootstrap
from ...families.baselines.gaussian import Gaussian, Gaussians
from ...families.baselines.pca import PCA


def bootstrap(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Bootstrap(spec, given))


def pca(spec: Spec, given: Spec) -> Recipe:
    return Recipe(PCA(spec, given, latents=min(32, spec.dims // 4)))


def gaussian(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussian(spec, given))


def class_gaussian(spec: Spec, given: Spec) -> Recipe:
    return Recipe(Gaussians(spec, given, components="label"))
