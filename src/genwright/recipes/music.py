"""Music: the presets of each family. They are put together as for lines of text: voices in turn are tokens in order."""

from __future__ import annotations

from ..core.spec import Spec
from .sequences import PRESETS as LINES
from .sequences import VAEHyper, autoregressive, bootstrap, discrete_diffusion, n_gram, vae

__all__ = ["PRESETS", "autoregressive", "bootstrap", "choose", "discrete_diffusion", "n_gram", "vae"]

BEATS = VAEHyper(
    latents=512,
    blocks=16,
    encoder_depth=3,
    conductor_depth=3,
    decoder_depth=1,
    patch=4,
    kept=32,
    blanked=0.8,
    spread=0.1,
    beta=0.2,
    fitted_prior=True,
    kl_warmup=30_000,
    draws=8,
    dropout=0.0,
    batch=16,
    lr=3e-4,
    weight_decay=0.05,
)
PRESETS = {
    "autoregressive": {name: LINES["autoregressive"][name] for name in ("tiny", "text", "lstm")},
    "discrete-diffusion": {name: LINES["discrete-diffusion"][name] for name in ("tiny", "text")},
    "vae": {"tiny": LINES["vae"]["tiny"], "beats": BEATS},
    "n-gram": {name: LINES["n-gram"][name] for name in ("tiny", "small")},
}
CHOSEN = {"autoregressive": "text", "discrete-diffusion": "text", "vae": "beats", "n-gram": "small"}


def choose(family: str, spec: Spec, given: Spec, items: int) -> str:
    return CHOSEN[family]
