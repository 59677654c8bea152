"""One transformer that draws images from words, and writes words about images (after VILA-U: Wu 2024, arXiv
2409.04429).

    c = the codes of an image x by a codec, t a caption, q and a a question and its answer

    draw      min -sum_i log p(c_i | c_<i, t) - w sum_j log p(t_j | t_<j)      as `dall_e` has it
    caption   min -sum_i log p(t_i | t_<i, x)
    answer    min -sum_i log p(a_i | a_<i, q, x)
    edit      min -sum_i log p(c_i | c_<i, s, y)               y the image before, s an instruction

    codec     adds w KL(p_i | q_i) to its loss where a run that matches images with texts teaches it, of each image i
              p_i = softmax_j(e_i . e_j / TAU)               e the embedding of a caption by that run, j another image
              q_i = softmax_j(v_i . v_j / TAU)               v the mean vector of the codes of an image, of length 1

All are one network (`networks.words_and_codes`). Steps draw or read, at random. Each loss is the mean over the
tokens that a task writes; what it reads costs nothing.

An edit has two weights (Brooks 2023, InstructPix2Pix, arXiv 2211.09800), over l = log p of a code up to a constant:

    l(none) + image_guidance (l(y) - l(none)) + guidance (l(s, y) - l(y))

An image is read by an eye of its own, beside its codes or in their place. Half of the images that are read show other
colours (`jitter`) and no codes, and then a text that names a colour is not learned from. An eye that sees each shape in
few colours alone learns pairs of shape and colour: it then fails at pairs that it never saw.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.domain import BaseDomain
from ...core.draws import Draws
from ...core.errors import DataError
from ...core.shares import share
from ...core.spec import Spec
from ...core.trainable import Batch, Items, Stage, Trainable
from ...kinds.fields.captions import COLOURS
from ...networks.words_and_codes import ENDS_ANSWER, ENDS_QUESTION, Seen
from ..symbol_by_symbol import draw_in_turn
from .dall_e import CAPTION, DallE, TextThenCodes
from .unclip import EmbeddingTowers

ANSWERS = "answers"
CODES_BEFORE = "codes of the image before"
ALONE_SHARE = 0.1  # share of the edits in training that are told without the image before
JITTER_SHARE = 0.5  # share of the images that are read in other colours
DRAW_SHARE = 2 / 3  # share of the steps that draw, which is learned more slowly than reading
CODEC_BATCH = 16  # images in a step of the codec; at 32 it has half of the steps, for the same images
CHANNEL_SHARE = 0.3  # share of a channel's mixture that the others do not have
LEAST_CONTRAST = 0.4  # least contrast of a jittered image
TAU = 0.1  # of the nearness of images, and of their captions
TAUGHT = 0.05  # nats, for each number of an image, that a nat of KL between the two costs


def jitter(x: Tensor, top: int, rng: Draws) -> Tensor:
    """Changes the colours of images (B, C, H, W): each channel becomes a random mixture of all, at a random contrast
    and brightness; half of them are inverted.

    The channels of a pixel differ by CHANNEL_SHARE * top at most, so no pixel has a colour as strong as those that
    captions name.

    Args:
        x: levels 0 .. top.
        top: highest level.
        rng: random numbers.
    """
    n, channels = x.shape[:2]
    shared_mixture, separate = (-rng.uniform(n, count, channels).clamp(min=1e-6).log() for count in (1, channels))
    shared_mixture, separate = (mixture / mixture.sum(2, keepdim=True) for mixture in (shared_mixture, separate))
    mixture = (1 - CHANNEL_SHARE) * shared_mixture + CHANNEL_SHARE * separate
    contrast, place, sign = rng.uniform(3, n, 1, 1, 1)
    contrast = LEAST_CONTRAST + (1 - LEAST_CONTRAST) * contrast
    mixed_colours = torch.einsum("bij,bjhw->bihw", mixture, x.float())
    mixed_colours = torch.where(sign < 0.5, top - mixed_colours, mixed_colours)
    return contrast * mixed_colours + (1 - contrast) * place * top


def unlike_captions(towers: EmbeddingTowers, weight: float, q: Tensor, batch: Batch) -> Tensor:
    """Computes a penalty, weight times a mean KL divergence, for images whose captions are similar but whose codes are
    not.

    It compares the nearness of images, by vectors of their codes, with that of their captions. Images without a caption
    count for nothing.

    Args:
        towers: Towers that embed captions.
        weight: Weight of the penalty.
        q: (B, h, w, D) vectors of codes.
        batch: Images and captions.
    """
    is_captioned = ~towers.given.part(batch.given, CAPTION).isnan().any(1)
    if is_captioned.sum() < 3:  # of two, each has one neighbour
        return 0.0 * q.sum()
    towers = towers.to(q.device)
    with torch.no_grad():
        captions = towers.texts(batch.given[is_captioned]).float()
    images = F.normalize(q[is_captioned].float().flatten(1, 2).mean(1), dim=1)
    diagonal = torch.eye(len(images), dtype=torch.bool, device=q.device)
    caption_nearness, code_nearness = (
        (vectors @ vectors.T / TAU)[~diagonal].view(len(diagonal), -1).log_softmax(1) for vectors in (captions, images)
    )
    return weight * F.kl_div(code_nearness, caption_nearness, reduction="batchmean", log_target=True)


class WordsAndCodes(TextThenCodes):
    """The transformer of `WordsAndImages`: a prior of codes that also reads and writes texts.

    Args:
        spec: of the codes.
        given: what images are drawn from.
        learned: of what a batch carries: the variables of the items, then `picture` and, as `text`, the first caption.
        network: `networks.words_and_codes`.
        head: of the codes.

    Where there is an image to edit, captions are instructions, and none is read.
    """

    monitor = "loss"

    def __init__(self, spec: Spec, given: Spec, learned: Spec, network: nn.Module, head: nn.Module):
        super().__init__(spec, given, network, head, known_share=0.15)
        self.learned, self.before = learned, network.before
        texts = {ANSWERS: ANSWERS} if self.before else {CAPTION: "text", ANSWERS: ANSWERS}
        self.read_texts = {name: condition for name, condition in texts.items() if condition in learned.names}
        self.colours: dict[str, Tensor] = {}

    def attach_domain(self, domain: BaseDomain) -> None:
        """Learns from the domain which tokens name colours."""
        for name in (CAPTION, ANSWERS):
            if (field := domain.fields.get(name)) is not None:
                codes = [field.captions.words.encode(word) for word in COLOURS]
                self.colours[name] = torch.tensor([tokens[0] for tokens in codes if len(tokens) == 1])

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss: in training of one random task, in evaluation of all tasks."""
        draws = not self.training or not self.read_texts or batch.rng.number(1000) < 1000 * DRAW_SHARE
        reads = not self.training or not draws
        parts = self._draw(batch) if draws else {}
        parts |= self.read(batch.x, batch.given, batch.rng) if reads else {}
        return sum(parts.values()), {name: part.detach() for name, part in parts.items()}

    def _draw(self, batch: Batch) -> dict[str, Tensor]:
        rows = {name: self.learned.part(batch.given, name).flatten(1) for name in self.given.names}
        if self.before:
            is_hidden = batch.rng.uniform(len(batch.x), 1) < ALONE_SHARE
            rows |= {name: rows[name].masked_fill(is_hidden, torch.nan) for name in (self.before, CODES_BEFORE)}
        given = torch.cat(list(rows.values()), 1)
        loss, _ = super().loss(Batch(batch.x, given, batch.rng, batch.items, None, batch.progress))
        return {"draw": loss / self.spec.dims}

    def edit(self, given: Tensor, rng: Draws, guidance: float, image_guidance: float) -> Tensor:
        """Samples codes (B, *shape) of images that are edited by an instruction.

        Args:
            given: (B, G), the image before, its codes and the instruction; all else is NaN.
            rng: Random numbers.
            guidance: Guidance by the conditions, see `families.guidance`.
        """
        x = torch.zeros(len(given), *self.spec.shape, device=rng.device)
        untold = given.clone()
        self.given.part(untold, CAPTION).fill_(torch.nan)
        conditions = [given, untold, *([] if image_guidance == 1 else [torch.full_like(given, torch.nan)])]

        def walk() -> Iterator[tuple[tuple, Tensor]]:
            for (at, conditional), (_, image), *unconditional in zip(
                *(self.network.walk(x, row, None) for row in conditions)
            ):
                none = unconditional[0][1] if unconditional else image
                yield at, none + image_guidance * (image - none) + guidance * (conditional - image)

        return draw_in_turn([walk()], x, None, self.head, rng)

    def read(self, codes: Tensor, given: Tensor, rng: Draws) -> dict[str, Tensor]:
        """Computes the mean nats of a token of captions and of answers: {task: scalar}.

        Args:
            given: of `learned`.
            rng: Random numbers.
        """
        leaf = dict(self.learned.leaves)["picture"]
        x = self.learned.part(given, "picture").reshape(-1, *leaf.shape)
        is_other = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        if self.training and self.network.eye is not None:
            is_other = rng.uniform(len(x)) < JITTER_SHARE
            x = torch.where(is_other[:, None, None, None], jitter(x, leaf.levels - 1, rng), x)
        memory = self.network.look(x, codes, is_other)
        parts = {}
        for name, condition in self.read_texts.items():
            nats, counts = self._words(name, memory, self.learned.part(given, condition), is_other)
            parts[name] = share().ratio((nats * counts).sum(), counts.sum())
        return parts

    def _words(self, name: str, memory: Seen, tokens: Tensor, is_other: Tensor) -> tuple[Tensor, Tensor]:
        """-log p of each token (B, T), and whether it is learned. is_other: (B,) of images in other colours."""
        text = self.network.text(name)
        tokens = tokens[:, : max(1, text.length(tokens))]
        exists = ~tokens.isnan() & (tokens != text.pad)
        tokens = tokens.nan_to_num(text.pad).long()
        targets = tokens.masked_fill(tokens == text.pad - 1, ENDS_ANSWER) if name == ANSWERS else tokens
        nats = -self.network.log_probs(name, memory, tokens).gather(2, targets[..., None])[..., 0]
        colour = torch.isin(tokens, self.colours[name].to(tokens.device))
        ends = targets == ENDS_ANSWER if name == ANSWERS else torch.zeros_like(exists)
        number = ends.cumsum(1) - ends.long()  # of the text that a token belongs to
        is_named = torch.zeros_like(number).scatter_add(1, number, colour.long()).gather(1, number) > 0
        learned = exists & ~(is_other[:, None] & is_named)
        if name == ANSWERS:
            question = (tokens == ENDS_QUESTION).cumsum(1)
            learned &= (question > number) & (tokens != ENDS_QUESTION)
        return nats.masked_fill(~exists, 0.0), learned.float()


class WordsAndImages(DallE):
    """A model that draws images from words, edits images, captions them and answers questions about them.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        codec: as `two_stage` has it, with one discrete latent.
        prior: a `WordsAndCodes`.
        share: Share of the budget that the codec trains for.
    """

    edits_by = "instruction"

    def __init__(self, spec: Spec, given: Spec, codec: nn.Module, prior: WordsAndCodes, share: float):
        super().__init__(spec, given, codec, [prior], share)

    def attach_domain(self, domain: BaseDomain) -> None:
        self.prior.attach_domain(domain)

    def learn_from(self, matched: Trainable) -> None:
        """Sets a family that matches images with texts as the teacher of the codec. Its weights are no part of this
        one's.

        Raises DataError for a codec that is trained already."""
        if not self.share:
            raise DataError("match teaches a codec, and the codec is trained already: leave match or codec out")
        towers = EmbeddingTowers(matched.eval().requires_grad_(False), self.given)
        self.codec.teacher = partial(unlike_captions, towers, TAUGHT * self.spec.dims)

    @property
    def prior(self) -> WordsAndCodes:
        return self.priors[0]

    @property
    def network(self) -> nn.Module:
        return self.prior.network

    @property
    def before(self) -> str:
        """The name of the condition that holds the images to edit, "" without."""
        return self.prior.before

    def stages(self) -> list[Stage]:
        return [replace(stage, batch=CODEC_BATCH) if stage.name == "codec" else stage for stage in super().stages()]

    def _stage(self, level: int) -> Stage:
        @torch.no_grad()
        def inputs(items: Items, draws: Draws) -> Items:
            first = self.given.part(items.given, CAPTION)  # of several captions, before a batch chooses one
            parts = [items.given, items.x.float().flatten(1), first]
            if self.before:
                parts.append(self._codes_before(self.given.part(items.given, self.before)))
            return Items(self.codec.encode(items.x), torch.cat(parts, 1))

        return replace(super()._stage(level), inputs=inputs)

    def _prior_conditions(self, given: Tensor, parts: list[Tensor]) -> Tensor:
        rows = {name: self.given.part(given, name).flatten(1) for name in self.given.names}
        if self.before:
            rows[CODES_BEFORE] = self._codes_before(self.given.part(given, self.before))
        return torch.cat([rows[name] for name in self.prior.given.names], 1)

    def _codes_before(self, x: Tensor) -> Tensor:
        """(B, C, H, W) images to edit -> (B, numbers) codes, NaN where one is left out."""
        is_missing = x.isnan().flatten(1).any(1, keepdim=True)
        return self.codec.encode(x.nan_to_num()).flatten(1).float().masked_fill(is_missing, torch.nan)

    def edit(
        self, x: Tensor, instruction: Tensor, rng: Draws, guidance: float = 2.0, image_guidance: float = 1.0
    ) -> Tensor:
        """Edits images x by instructions: (B, C, H, W).

        Args:
            x: (B, *shape) items.
            instruction: (B, G), in which all else is NaN.
            rng: Random numbers.
        """
        conditions = instruction.clone()
        self.given.part(conditions, self.before).copy_(x)
        given = self._prior_conditions(conditions, [])
        return self.codec.sample(self.prior.edit(given, rng, guidance, image_guidance), rng)

    def caption(self, x: Tensor, rng: Draws, n: int = 1) -> tuple[Tensor, Tensor]:
        """Writes n captions of each image: tokens (B, n, T), and nats (B, n).

        One caption takes the likeliest token at each step; several are sampled.

        Args:
            x: (B, C, H, W) images.
            rng: Random numbers.
            n: Captions of each image.
        """
        choose = likeliest if n == 1 else lambda log_p: rng.categories(log_p.exp())[:, 0]
        return self.network.write(CAPTION, self._look(x), [[]] * n, choose)

    def answer(self, x: Tensor, questions: list[list[int]]) -> Tensor:
        """Answers questions about images: tokens (B, Q, T), each question with its answer. An image is read once."""
        return self.network.write(ANSWERS, self._look(x), questions, likeliest)[0]

    def _look(self, x: Tensor) -> Seen:
        return self.network.look(x.float(), self.codec.encode(x))


def likeliest(log_p: Tensor) -> Tensor:
    """Picks the likeliest token (B,) by log-probabilities (B, k)."""
    return log_p.argmax(1)
