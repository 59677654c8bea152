"""A family of strands, and a metric of them."""

from dataclasses import dataclass

import genwright
from genwright.core.hyper import Hyper, whole
from genwright.core.recipe import Recipe
from genwright.families.autoregressive.ngram import NGram
from genwright.measure.metric import Role
from genwright.measure.rows import MetricRow, of_items

from .strands import NAME


class Codons(NGram):
    """Each letter by the counts of those before it, as many as two codons have."""


@dataclass(frozen=True)
class CodonsHyper(Hyper):
    codons: int = whole(1, least=1, most=2, says="codons that it looks back")


def build_codons(spec, given, hyper: CodonsHyper) -> Recipe:
    return Recipe(Codons(spec, given, 3 * hyper.codons, "witten-bell", 0.0))


def gc_share(strands) -> float:
    """The share of letters that are G or C."""
    text = "".join(strands)
    return sum(text.count(letter) for letter in "GC") / max(1, len(text))


def gc_error(data, samples) -> float:
    """Distance between the shares of G and C in test strands and in samples."""
    return abs(gc_share(data.test) - gc_share(samples))


def register() -> None:
    presets = {"usual": CodonsHyper(), "tiny": CodonsHyper()}
    verbs = ("sample", "log_prob", "complete", "compress")
    options = tuple(option.name for option in Codons.sample_options)
    genwright.register(NAME, "codons", build_codons, presets, verbs, "exact", sample_options=options)
    words = ("G and C", "distance of their shares in test strands and samples; 0 is perfect", "of letters", "lower")
    genwright.register_metric(NAME, MetricRow("gc_error", *words, Role.SAMPLES, of_items(gc_error)))
