"""Names that people type for families: those that a preset here answers to, and those of models that are not here.

A name is an alias only if a preset runs that algorithm. For example, `flow` has splines in every preset, so `maf` and
`realnvp`, whose maps are affine, are not aliases.
"""

from __future__ import annotations

from dataclasses import dataclass

IMAGES, TABLES, AUDIO, POINTS = ("images",), ("tables",), ("audio",), ("points",)
LINES = ("sequences", "molecules")


@dataclass(frozen=True)
class Alias:
    """name: as people type it. kinds: of data. preset: "" for the one that fits the data. paper: of the algorithm."""

    name: str
    kinds: tuple[str, ...]
    family: str
    preset: str
    paper: str

    def __str__(self) -> str:
        preset = f" --preset {self.preset}" if self.preset else ""
        return f"{self.family}{preset} ({', '.join(self.kinds)}; {self.paper})"


ALIASES = (
    Alias("ddpm", IMAGES + TABLES, "diffusion", "", "Ho 2020"),
    Alias("nsf", IMAGES + TABLES, "flow", "", "Durkan 2019"),
    Alias("pixelcnn", IMAGES, "autoregressive", "", "van den Oord 2016, gated PixelCNN"),
    Alias("wavenet", AUDIO, "autoregressive", "", "van den Oord 2016"),
    Alias("wgan-gp", IMAGES, "gan", "wasserstein", "Gulrajani 2017"),
    Alias("edm", POINTS, "equivariant-diffusion", "", "Hoogeboom 2022"),
    Alias("geoldm", POINTS, "latent-diffusion", "", "Xu 2023"),
    Alias("lstm", (*LINES, "music"), "autoregressive", "lstm", "Hochreiter & Schmidhuber 1997"),
    Alias("transformer", LINES, "autoregressive", "small", "Vaswani 2017"),
    Alias("transformer", ("music",), "autoregressive", "text", "Vaswani 2017"),
)
NEAREST = {  # names of models that are not here: the families nearest to each, of which the first that fits is named
    ("biggan", "ctgan", "cyclegan", "dcgan", "pix2pix", "progan", "stylegan", "wgan"): ("gan",),
    ("ffjord", "glow", "iaf", "maf", "nice", "realnvp"): ("flow",),
    ("dall-e-2",): ("unclip",),
    ("ldm", "sdxl", "stable-diffusion"): ("latent-diffusion", "diffusion"),
    ("d3pm", "ddim", "imagen", "karras", "tabddpm", "tabsyn"): ("diffusion", "discrete-diffusion"),
    ("cfm", "rectified-flow", "stable-diffusion-3"): ("flow-matching",),
    ("ncsn", "score-sde", "smld"): ("score-matching",),
    ("bert", "gpt", "gru", "llama", "made", "mamba", "pixelsnail", "rnn", "samplernn"): ("autoregressive",),
    ("beta-vae", "cvae", "jt-vae", "tvae", "vae-gan"): ("vae",),
    ("dbm", "ebm", "jem", "rbm"): ("energy",),
    ("gmm", "kde"): ("mixture", "gaussian"),
    ("graphaf", "graphebm", "moflow", "molgan"): ("gran", "graph-vae"),
    ("graphsage",): ("sage",),
    ("graph-transformer", "mpnn", "pna", "schnet"): ("gat", "gin"),
    ("chemprop",): ("dmpnn",),
    ("als", "bpr", "ncf", "svd"): ("matrix-factorisation",),
    ("catboost", "lightgbm", "random-forest", "xgboost"): ("forest", "trees"),
}


def alias(kind: str, name: str) -> Alias | None:
    return next((one for one in ALIASES if one.name == name and kind in one.kinds), None)


def nearest_to(name: str) -> tuple[str, ...]:
    """Families nearest to a model that is not here, best first; none for a name that says nothing."""
    return next((families for names, families in NEAREST.items() if name.lower() in names), ())
