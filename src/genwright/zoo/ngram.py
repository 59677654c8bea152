"""N-grams of lines and of sound: counts of tokens that follow each other."""

from dataclasses import dataclass

from ..core.hyper import Hyper, one_of, real, whole
from ..core.recipe import Recipe
from ..core.spec import Spec
from .bodies import lines
from .card import Card, On, build_class, choose_always


@dataclass(frozen=True)
class NGramHyper(Hyper):
    """Hyperparameters of n-grams (Shannon 1948; Witten & Bell 1991; Kneser & Ney 1995)."""

    order: int = whole(2, least=1, most=62, says="tokens that it looks back, cut to what fits in 63 bits")
    smoothing: str = one_of("witten-bell", "kneser-ney", says="what rare contexts take from shorter ones")
    held_out: float = real(
        0.0, least=0.0, most=0.5, says="share of the training items that choose an order up to this one, 0 for none"
    )


PRESETS = {
    "tiny": NGramHyper(),
    "small": NGramHyper(order=6, smoothing="kneser-ney", held_out=0.1),
    "markov": NGramHyper(order=1),
}
MUSIC = {name: PRESETS[name] for name in ("tiny", "small")}


def build(spec: Spec, given: Spec, hyper: NGramHyper) -> Recipe:
    from ..families.autoregressive.ngram import NGram

    return Recipe(NGram(spec, given, hyper.order, hyper.smoothing, hyper.held_out))


CARD = Card(
    "n-gram",
    ("Take it for an exact likelihood from counts, in seconds.", "It sees few symbols back."),
    {
        **dict.fromkeys(lines.LINES, On(build, PRESETS, choose_always("small"), conditional="label")),
        "music": On(build, MUSIC, choose_always("small"), conditional="label"),
        "audio": On(
            build_class("families.autoregressive.ngram:NGram", order=1),
            paper="Shannon 1948; Witten & Bell 1991",
            conditional="label",
        ),
    },
    paper="Shannon 1948; Kneser & Ney 1995",
    equations=("families.autoregressive.ngram",),
    variants={
        "tiny": "Witten-Bell smoothing (Witten & Bell 1991)",
        "small": "Kneser-Ney smoothing (Kneser & Ney 1995)",
        "markov": "a Markov chain of order 1",
    },
    baseline=True,
)
