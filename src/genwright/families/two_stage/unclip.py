"""unCLIP, or DALL-E 2 (Ramesh 2022): a caption becomes the embedding of an image, and the embedding an image.

    z = f(x), s = g(y)            two towers of CLIP: embeddings of images x and captions y on one sphere
    p(x | y) = p(x | z) p(z | y)  since z is a function of x

    match      f and g by the loss of CLIP, unless they come from a run of their own
    prior      p(z | y), flow matching that predicts z
    decoder    p(x | z), flow matching of images, z left out in a tenth of training
    upsampler  of images above 32 x 32 pixels, which the decoder draws smaller: the second part of a cascade

    draw         z ~ p(z | y),  x ~ p(x | z)
    vary x       x' ~ p(x' | f(x))
    interpolate  x' of the embeddings between f(a) and f(b) on the sphere, all from the same noise
    edit x       n = the noise that the decoder's flow carries to x given f(x)
                 z' = f(x) + strength (g(target) - g(source)), brought back to the sphere
                 x' = where the flow carries n given z'

z has the length sqrt(D), so that each of its D numbers is about 1. The paper reduces z by principal components, and
edits along an arc towards the difference of the texts; on the sphere, both ways lead in the same direction.

The towers are a family of the task `match` that learns from batches of images with captions, where a run of its own
sees all of them at once. The prior is flow matching of an embedding given a caption, by predicting the embedding
itself (section 2.2):

    z_t = t z + (1 - t) n,   n ~ N(0, I),  t ~ U(0, 1)
    min E || F(z_t, t, y) - z ||^2,   y the tokens of the caption, left out in a tenth of training
    draw: dz/dt = (F(z_t, t, y) - z_t) / (1 - t) from t = 0 to 1, whose last step goes to F

The paper found that predicting z beats predicting the noise. An embedding is drawn whole, so nothing of it is known.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.domain import BaseDomain
from ...core.draws import Draws, RowDraws
from ...core.errors import Unsupported
from ...core.family import Family
from ...core.recipe import Optim
from ...core.sample_options import LIKE_IMAGES, METHOD, RULED, STARTED, Effort, SampleOption, common_options, total
from ...core.spec import Real, Spec
from ...core.trainable import Batch, Items, Player, Stage, Trainable
from ...kinds.fields.captions import SWAPS, Captions
from ..conditions import draw_stratified, drop_given
from ..diffusion.denoiser import Denoiser
from ..diffusion.denoising import Denoising
from ..diffusion.samplers import all_samplers, heun, straight_path
from ..match.matching import NO_TEXT, CaptionedImages

CAPTION = "caption"


class EmbeddingTowers(nn.Module):
    """The towers that embed images and captions, trained as CLIP within this family.

    Args:
        family: Family of the recipes of `match`, with `loss` and `encode`.
        given: variables of the images, `caption` among them.
    """

    captions: Captions | None = None

    def __init__(self, family: Trainable, given: Spec):
        super().__init__()
        self.family, self.given = family, given
        self._known_swaps: dict[bytes, list[Tensor | None]] = {}

    def attach_domain(self, domain: BaseDomain) -> None:
        """Sets the domain, so that captions are compared with swapped ones, as in a run of CLIP."""
        self.captions = domain.captions

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes CLIP's loss on the images of a batch that have a caption; 0 where none has."""
        captions = self.given.part(batch.given, CAPTION)
        is_captioned = ~captions.isnan().any(1)
        if not is_captioned.any():
            return sum(weight.sum() for weight in self.parameters()) * 0.0, {}
        texts, caption_of = captions[is_captioned].unique(dim=0, return_inverse=True)
        images, (texts, swapped) = batch.x[is_captioned], self._with_swaps(texts)
        self.family.context = CaptionedImages(
            images, texts, caption_of[:, None], swapped, caption_of[:0], _one(caption_of)
        )
        return self.family.loss(replace(batch, x=torch.arange(len(images), device=caption_of.device)))

    def images(self, x: Tensor) -> Tensor:
        """Embeds images (B, C, H, W) as unit vectors (B, D)."""
        none = torch.zeros(0, dtype=torch.long, device=x.device)
        return self.family.encode(CaptionedImages(x, none, none, none, none, _one(none)))

    def texts(self, given: Tensor) -> Tensor:
        """Embeds the captions in given (B, G) as unit vectors (B, D)."""
        texts = self.given.part(given, CAPTION)
        none = torch.zeros(0, dtype=torch.long, device=given.device)
        all_texts = torch.arange(len(texts), device=given.device)
        return self.family.encode(CaptionedImages(None, texts, none, none, all_texts, _one(none)))

    def _with_swaps(self, texts: Tensor) -> tuple[Tensor, Tensor]:
        """Texts (t, T) and behind them what they become by each of SWAPS, and (t + s, 2) the number of that, NO_TEXT
        where a swap does not apply."""
        rows, swapped = list(texts), torch.full((len(texts), len(SWAPS)), NO_TEXT)
        for i, text in enumerate(texts) if self.captions else ():
            for k, swapped_text in enumerate(self._swaps_of(text.cpu())):
                if swapped_text is not None:
                    swapped[i, k] = len(rows)
                    rows.append(swapped_text.to(texts.device))
        padding = torch.full((len(rows) - len(texts), len(SWAPS)), NO_TEXT)
        return torch.stack(rows), torch.cat([swapped, padding]).to(texts.device)

    def _swaps_of(self, text: Tensor) -> list[Tensor | None]:
        key = text.numpy().tobytes()
        if key not in self._known_swaps:
            (caption,) = self.captions.decode(text[None])
            swaps = [swap(caption) for swap in SWAPS.values()]
            self._known_swaps[key] = [None if swap is None else self.captions.encode([swap])[0] for swap in swaps]
        return self._known_swaps[key]


def _one(numbers: Tensor) -> Tensor:
    """The shares in which the captions of an image are shown: a batch has one of each."""
    return torch.ones(1, device=numbers.device)


class EmbeddingPrior(Denoising):
    """The prior of image embeddings given captions.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: Network of `networks.adapters`, F.
        calls: network calls of one draw (Heun's method, two a step).
    """

    learns_known = False

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, calls: int):
        samplers = all_samplers() | {"heun": partial(heun, to_mean=True)}
        super().__init__(spec, given, straight_path(calls // 2), "heun", samplers)
        self.denoiser = Denoiser(network, "x0")

    def path_of(self, steps: int, sampler: str) -> Tensor:
        return straight_path(steps)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng, z = batch.rng, batch.x
        given, t = drop_given(self.given, batch.given, rng), draw_stratified(len(z), rng)
        error = self.residual(z, self.process.noise(z.shape, rng), t, 1 - t, given, z, None)
        return error.square().sum(1).mean(), {}


GUIDANCE = {option.name for option in RULED}
ONLY_OF_DECODER = {option.name for option in STARTED}


def embedding(width: int) -> Spec:
    """Returns the Spec of the embedding z (width,)."""
    return Spec((("embedding", Real((width,))),))


class UnCLIP(Family):
    """unCLIP (Ramesh 2022): towers, a prior of embeddings and a decoder, trained in turn.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        towers: `EmbeddingTowers`.
        prior: a family over `embedding`, given the given variables.
        decoder: a family over spec given `embedding`; of images that are drawn smaller first, a cascade.
        match_share: Match share of the budget that trains the towers, 0 for towers of another run.
        prior_share: Prior share of the rest, that trains the prior.
        optim: Optim of the towers.
        batches: Batches of the towers, and of the prior.
    """

    edits_by = "captions"
    method = "embedding drawn for what is given, and the picture completed around the known pixels"

    def __init__(
        self, spec: Spec, given: Spec, towers: nn.Module, prior: Family, decoder: Family, match_share: float,
        prior_share: float, optim: Optim, batches: tuple[int, int],
    ):  # fmt: skip
        super().__init__(spec, given)
        self.towers, self.prior, self.decoder = towers, prior, decoder
        self.match_share, self.prior_share, self.optim, self.batches = match_share, prior_share, optim, batches

    def attach_domain(self, domain: BaseDomain) -> None:
        self.towers.attach_domain(domain)

    def stages(self) -> list[Stage]:
        towers = Player("match", list(self.towers.parameters()), self.towers.loss, optim=self.optim)
        of_towers, of_prior = self.batches
        match = [Stage("match", [towers], self.match_share, of_towers)] if self.match_share else []
        (prior,), decoder_share = self.prior.stages(), 1 - self.match_share
        share = decoder_share * (1 - self.prior_share)
        return [
            *match,
            Stage("prior", prior.players, decoder_share * self.prior_share, of_prior, self._embedded),
            *(
                Stage(
                    name, list(map(self._told_embedding, stage.players)), share * stage.share, None, self._inputs(stage)
                )
                for name, stage in zip(("decoder", "upsampler"), self.decoder.stages())
            ),
        ]

    @torch.no_grad()
    def _embedded(self, items: Items, draws: Draws) -> Items:
        """Training items of the prior: embeddings of the images, and the given variables."""
        return Items(self.embed(items.x), items.given)

    def _inputs(self, stage: Stage) -> Callable[[Items, Draws], Items]:
        """A function that makes inputs of a decoder stage: given variables, then the embedding and other conditions."""

        @torch.no_grad()
        def inputs(items: Items, draws: Draws) -> Items:
            embedded = Items(items.x, self.embed(items.x))
            conditioned = embedded if stage.inputs is None else stage.inputs(embedded, draws)
            return Items(conditioned.x, torch.cat([items.given, conditioned.given], 1))

        return inputs

    def _told_embedding(self, player: Player) -> Player:
        """The player of the decoder, which sees nothing that is given but the embedding."""

        def loss(batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
            return player.loss(replace(batch, given=batch.given[:, self.given.width :]))

        return replace(player, loss=loss)

    def embed(self, x: Tensor) -> Tensor:
        """Computes embeddings f(x) of images: (B, D) of length sqrt(D)."""
        return on_sphere(self.towers.images(x))

    def sample(self, n: int, given: Tensor, rng: Draws, like: Tensor | None = None, **options: object) -> Tensor:
        """Samples n images.

        Args:
            n: Number of images.
            given: (n, G) conditions.
            rng: Random numbers.
            like: Images (n, *shape), whose embeddings take the place of the prior's samples.
        """
        z = self._sample_embedding(given, rng, options) if like is None else self.embed(like)
        return self.decoder.sample(n, z, rng, **self._of_decoder(options))

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, **options: object) -> Tensor:
        z = self._embedding_or_none(given, rng, options)
        return self.decoder.fill(x, known, z, rng, **self._of_decoder(options))

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes embeddings f(x) of images."""
        return self.embed(x)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Decodes each embedding, scaled to the sphere, to an image, with the same noise for all."""
        draws = RowDraws(Draws("decode", device=z.device), torch.zeros(len(z), dtype=torch.long, device=z.device), 1)
        return self.decoder.sample(len(z), on_sphere(z), draws)

    def edit(self, x: Tensor, source: Tensor, target: Tensor, strength: float) -> Tensor:
        """Edits images by captions.

        Args:
            x: (B, C, H, W) images.
            source, target: (B, G) conditions, of which the caption alone counts.
            strength: Size of the change.
        """
        if not hasattr(self.decoder, "encode"):
            raise Unsupported(
                "images above 32 x 32 pixels are drawn in two parts, whose noise cannot be found again: fit smaller "
                "images to edit them"
            )
        z, difference = self.embed(x), self.towers.texts(target) - self.towers.texts(source)
        changed = on_sphere(z + strength * difference * z.shape[1] ** 0.5)
        return self.decoder.decode(self.decoder.encode(x, z), changed)

    @property
    def sample_options(self) -> tuple[SampleOption, ...]:
        return (*common_options([self.prior.sample_options, self.decoder.sample_options]), LIKE_IMAGES)

    @property
    def complete_options(self) -> tuple[SampleOption, ...]:
        return self.decoder.complete_options

    def describe_method(self, **options: object) -> str:
        return f"{self.method}; {self.decoder.describe_method(**options)}"

    def effort(self, like: Tensor | None = None, **options: object) -> Effort | None:
        prior = [] if like is not None else [self.prior.effort(**_of_prior(options))]
        return total([*prior, self.decoder.effort(**options)])

    def _sample_embedding(self, given: Tensor, rng: Draws, options: dict[str, object]) -> Tensor:
        """z ~ p(z | given), brought to the sphere."""
        return on_sphere(self.prior.sample(len(given), given, rng, **_of_prior(options)))

    def _embedding_or_none(self, given: Tensor, rng: Draws, options: dict[str, object]) -> Tensor:
        """The same, left out (NaN) where nothing is given."""
        is_empty = given.isnan().all(1, keepdim=True)
        return self._sample_embedding(given, rng, options).masked_fill(is_empty, torch.nan)

    def _of_decoder(self, options: dict[str, object]) -> dict[str, object]:
        """The options with an embedding of what guidance steers away from, by draws of its own."""
        if (against := options.get("against")) is None:
            return options
        plain = {name: value for name, value in options.items() if name not in GUIDANCE}
        return options | {"against": self._embedding_or_none(against, Draws("against", device=against.device), plain)}


def on_sphere(z: Tensor) -> Tensor:
    """Scales z to the length sqrt(D): (B, D)."""
    return F.normalize(z.float(), dim=1) * z.shape[1] ** 0.5


def _of_prior(options: dict[str, object]) -> dict[str, object]:
    """Options of a draw without those that begin at images, and without the method of completions."""
    return {name: value for name, value in options.items() if name not in {*ONLY_OF_DECODER, METHOD.name}}
