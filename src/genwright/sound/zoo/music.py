"""Music as tokens, for families of lines."""

from ...zoo import autoencoders, diffusion
from ...zoo.autoencoders import LINES_EQUATIONS, VAE_LINES, VAELinesHyper, build_sequence_vae
from ...zoo.autoregressive import EQUATIONS, LINES, NGRAM_PRESETS, TRANSFORMER, build, build_ngram
from ...zoo.card import On, choose_always, extend_card
from ...zoo.diffusion import DISCRETE_LINES, TOKENS, build_discrete_diffusion

NGRAM_MUSIC = {name: NGRAM_PRESETS[name] for name in ("tiny", "small")}
NGRAM_ON_MUSIC = On(build_ngram, NGRAM_MUSIC, choose_always("small"), conditional="label")
MUSIC = {name: LINES[name] for name in ("tiny", "text", "lstm")}
LINES_ON_MUSIC = On(build, MUSIC, choose_always("text"), TRANSFORMER, EQUATIONS, default=True)
VAE_MUSIC = {
    "tiny": VAE_LINES["tiny"],
    "beats": VAELinesHyper(
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
    ),
}
VAE = extend_card(
    autoencoders.VAE_CARD,
    {
        "music": On(build_sequence_vae, VAE_MUSIC, choose_always("beats"), "MusicVAE, Roberts 2018", LINES_EQUATIONS),
    },
)
DISCRETE_MUSIC = {name: DISCRETE_LINES[name] for name in ("tiny", "text")}
DISCRETE = extend_card(
    diffusion.DISCRETE,
    {"music": On(build_discrete_diffusion, DISCRETE_MUSIC, choose_always("text"), equations=TOKENS)},
)
