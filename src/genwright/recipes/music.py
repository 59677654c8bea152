"""Music: the numbers of each family. They are put together as for lines of text: voices in turn are symbols in
order."""

from __future__ import annotations

from ..core.spec import Spec
from .sequences import PRESETS as LINES
from .sequences import autoregressive, bootstrap, discrete_diffusion, n_gram, vae

__all__ = ["PRESETS", "autoregressive", "bootstrap", "choose", "discrete_diffusion", "n_gram", "vae"]

# fmt: off
PRESETS = {
    "autoregressive": {name: LINES["autoregressive"][name] for name in ("tiny", "text", "lstm")},
    "discrete-diffusion": {name: LINES["discrete-diffusion"][name] for name in ("tiny", "text")},
    "vae": {
        "tiny": LINES["vae"]["tiny"],
        "beats": dict(latents=512, blocks=16, width=128, heads=4, encoder_depth=3, conductor_depth=3, decoder_depth=1,
                      patch=4, kept=32, blanked=0.8, spread=0.1, beta=0.2, free_bits=0.0, fitted_prior=True,
                      kl_warmup=30_000, draws=8, dropout=0.0, batch=16, lr=3e-4, weight_decay=0.05),
    },
    "n-gram": {
        "tiny":  dict(order=2, smoothing="witten-bell", held_out=0.0),
        "small": dict(order=6, smoothing="kneser-ney", held_out=0.1),
    },
}
# fmt: on
CHOSEN = {"autoregressive": "text", "discrete-diffusion": "text", "vae": "beats", "n-gram": "small"}


def choose(family: str, spec: Spec, items: int) -> str:
    return CHOSEN[family]
