"""One causal transformer that draws codes of images from words, and writes words about images.

To draw, it reads a text and then the codes, as `raster_transformer.TextRaster` does. To write, it reads the image, and
then the words:

    e_1, .., e_S | start, w_1, .., w_L      what the layers read
                 | w_1,   w_2, .., end      what they predict

The S positions of an image see each other both ways. They see no word, so an image is read once for any number of
texts (`look`). Several questions about an image stand in one row, each with its answer:

    start, which, shape, ?, star, ;, which, colour, ?, red, ;

Here ";" ends a text and begins the next one. Each text sees the image and itself alone, at positions of its own.

The image is read by an eye: convolutions of its own, learned with the rest (Wu 2024, Janus, arXiv 2410.13848), its
codes (Chameleon 2024, arXiv 2405.09818), or the sum of both.

An image that is edited is told at each code that is drawn: its codes around that place, and an eye of its own.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Category, Spec
from ..distributions.coordinates import Array
from .conditioning import is_codes, kind_of
from .raster_transformer import TextRaster, TextTrack
from .sequence_layers import angles, attention
from .towers import ConvBlock

ENDS_QUESTION, ENDS_ANSWER = ord("?"), ord(";")  # bytes, which every table of words has as its first codes
EYE_BLOCKS = 2  # residual, at a quarter of the side
Seen = list[tuple[Tensor, Tensor]]  # keys and values of the positions of an image, one pair a layer


class Eye(nn.Module):
    """Reads images as a grid of features.

    (B, C, H, W) -> (B, h w, width): convolutions from 2 x 2 pixels on, which halve the image to the grid (h, w).

    Args:
        channels: a multiple of 8; twice as many at a quarter of the side.
        width: Features of a layer.
    """

    def __init__(self, pictures: Spec, channels: int, width: int, grid: tuple[int, int]):
        super().__init__()
        self.view, self.grid = Array(pictures), grid
        fine, coarse = channels, 2 * channels
        self.first = nn.Conv2d(4 * pictures.shape[0], fine, 3, padding=1)
        self.shrink = nn.Sequential(nn.GroupNorm(8, fine), nn.SiLU(), nn.Conv2d(fine, coarse, 4, 2, padding=1))
        self.blocks = nn.ModuleList(ConvBlock(coarse, 0) for _ in range(EYE_BLOCKS))
        self.out = nn.Linear(coarse, width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.view.centre(x)
        h = self.shrink(self.first(F.pixel_unshuffle(F.pad(x, (0, -x.shape[3] % 4, 0, -x.shape[2] % 4)), 2)))
        for block in self.blocks:
            h = block(h, None)
        return self.out(F.silu(F.adaptive_avg_pool2d(h, self.grid)).flatten(2).transpose(1, 2))


class WordsAndCodesNetwork(TextRaster):
    """A causal transformer that draws codes of images from texts, and writes texts about images.

    Args:
        spec: one Category of shape (C, H, W), the codes.
        given: what images are drawn from, a text `caption` among it, and of an image to edit its codes and itself.
        answers: Answers of the text of questions and answers, None without.
        pictures: Pictures of the images.
        width: features of a position; width / heads is even.
        heads: Heads of attention.
        depth: layers.
        dropout: share of each layer's output that is left out.
        attention: pattern by which codes look at codes, as of `TextRaster`.
        eye: "own", "codes" or "both".
        eye_channels: Eye channels of the eye's own convolutions, a multiple of 8.
    """

    def __init__(
        self, spec: Spec, given: Spec, answers: Category | None, pictures: Spec, width: int, heads: int, depth: int,
        dropout: float, attention: str, eye: str, eye_channels: int,
    ):  # fmt: skip
        images = [name for name, leaf in given.leaves if kind_of(leaf) == "maps" and not is_codes(leaf)]
        edited_image = "".join(images)  # the name of the image to edit, "" without
        text_given = Spec(tuple((name, leaf) for name, leaf in given.leaves if name != edited_image))
        super().__init__(spec, text_given, width, heads, depth, dropout, attention)
        self.whole, self.before = given, edited_image
        _, height, wide = spec.shape
        self.eye_before = Eye(pictures, eye_channels, width, (height, wide)) if edited_image else None
        self.eye = None if eye == "codes" else Eye(pictures, eye_channels, width, (height, wide))
        self.reads_codes = eye != "own"
        self.answers = None if answers is None else TextTrack(answers, width)
        self.seats = nn.Parameter(0.1 * torch.randn(height * wide, width))
        longest = max(leaf.shape[0] for leaf in (dict(given.leaves)["caption"], answers) if leaf is not None)
        self.register_buffer("rows", angles(height * wide + longest + 1, width // heads), persistent=False)

    def _places(self, symbols: Tensor, given: Tensor, known: Tensor | None) -> Tensor:
        places = super()._places(symbols, given, known)
        if self.eye_before is None:
            return places
        x = self.whole.part(given, self.before)
        features = self.eye_before(x.nan_to_num()).masked_fill(x.isnan().flatten(1).any(1)[:, None, None], 0.0)
        return places + features.repeat_interleave(self.shape[0], 1)

    def text(self, name: str) -> TextTrack:
        """Returns the table and the outputs of `caption` or `answers`."""
        return self.answers if name == "answers" else self.texts[self.names.index(name)]

    def look(self, x: Tensor, codes: Tensor, hidden: Tensor | None = None) -> Seen:
        """Computes keys and values of images, for the texts to attend to.

        Args:
            x: (B, C, H, W) images.
            codes: (B, books, h, w) codes of the images.
            hidden: (B,) bool, images whose codes are hidden. None for none.
        """
        h = self.seats.expand(len(x), -1, -1)
        h = h if self.eye is None else h + self.eye(x)
        if self.reads_codes:
            of_codes = self.symbols(self._symbols(codes)).unflatten(1, (len(self.seats), -1)).sum(2)
            h = h + (of_codes if hidden is None else of_codes.masked_fill(hidden[:, None, None], 0.0))
        turns, memory = self.rows[:, : h.shape[1]], []
        for layer in self.layers:
            query, key, value = layer.split(h, turns)
            memory.append((key, value))
            h = layer.join(h, attention(query, key, value, causal=False))
        return memory

    def log_probs(self, name: str, memory: Seen, tokens: Tensor) -> Tensor:
        """Computes log-probabilities (B, T, k) of every token, given those before it in its text, and the image.

        Args:
            name: Which text.
            memory: Keys and values, as `look` returns them.
            tokens: (B, T), END and PAD after the last.
        """
        text, t = self.text(name), torch.arange(tokens.shape[1], device=tokens.device)
        previous = F.pad(tokens.long()[:, :-1], (1, 0), value=text.k)
        if name == "answers":
            previous = previous.masked_fill(previous == ENDS_ANSWER, text.k)
        begins = previous == text.k
        number = begins.cumsum(1)  # of the text that a token belongs to
        place = t - torch.where(begins, t, 0).cummax(1).values
        sees = (number[:, :, None] == number[:, None]) & (t[:, None] >= t)
        return self._next_words(name, memory, previous, place, sees)[0]

    def _next_words(
        self, name: str, memory: Seen, previous_token: Tensor, place: Tensor, sees: Tensor
    ) -> tuple[Tensor, Seen]:
        """log p of the next token (B, P, k), and `memory` with the tokens before it. previous_token: (B, P) tokens, at
        places (B, P) of their texts. sees: (B, P, C) bool, of the last C positions, theirs among them; they see all
        before."""
        text, longer = self.text(name), []
        bias = torch.zeros(sees.shape, device=sees.device).masked_fill(~sees, -torch.inf)
        bias = F.pad(bias, (memory[0][0].shape[2] + sees.shape[1] - sees.shape[2], 0))
        turns = self.rows[:, len(self.seats) + place][:, :, None]
        h = text.symbols(previous_token) + text.places(place)
        for layer, (keys, values) in zip(self.layers, memory):
            query, key, value = layer.split(h, turns)
            longer.append((torch.cat([keys, key], 2), torch.cat([values, value], 2)))
            h = layer.join(h, attention(query, *longer[-1], False, bias))
        logits = text.out(self.norm(h)).float()
        never = [text.pad, text.pad - 1] if name == "answers" else [text.pad]  # an answer ends with ENDS_ANSWER
        logits[..., never] = -torch.inf
        return logits.log_softmax(-1), longer

    @torch.no_grad()
    def write(
        self, name: str, memory: Seen, prefixes: list[list[int]], choose: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Continues Q texts about each image up to their ends: tokens (B, Q, T), PAD after the end, and nats (B, Q) of
        what was written.

        Args:
            name: `caption` or `answers`.
            memory: Memory of `look`.
            prefixes: tokens that stand already of each text, 0 up to T - 1.
            choose: log-probabilities (B Q, k) -> tokens (B Q,).
        """
        text, n, device = self.text(name), len(memory[0][0]), memory[0][0].device
        end, longest = ENDS_ANSWER if name == "answers" else text.pad - 1, len(text.places.weight)
        texts = torch.arange(len(prefixes), device=device)
        counts = torch.tensor([1 + len(row) for row in prefixes], device=device)
        number, last = texts.repeat_interleave(counts), counts.cumsum(0) - 1  # last: where each text goes on
        place = torch.cat([torch.arange(1 + len(row), device=device) for row in prefixes])
        previous = torch.tensor([token for row in prefixes for token in (text.k, *row)], device=device).expand(n, -1)
        sees = (number[:, None] == number) & (place[:, None] >= place)
        nats, tokens_written = memory[0][0].new_zeros(n, len(prefixes)), []
        has_ended = torch.zeros_like(nats, dtype=torch.bool)
        while not has_ended.all():
            log_p, memory = self._next_words(name, memory, previous, place.expand(n, -1), sees.expand(n, -1, -1))
            log_p, place = log_p[:, last], place[last]
            previous = choose(log_p.flatten(0, 1)).view(n, -1).masked_fill(has_ended, text.pad)
            nats = nats + log_p.gather(2, previous[..., None])[..., 0].masked_fill(has_ended, 0.0)
            has_ended = has_ended | (previous == end) | (place == longest - 1)
            tokens_written.append(previous)
            number, place, last = torch.cat([number, texts]), (place + 1).clamp(max=longest - 1), texts
            sees = texts[:, None] == number
        tokens = torch.stack(tokens_written, 2)
        complete = [
            torch.cat([torch.tensor(row).long().to(tokens).expand(n, -1), tokens[:, i]], 1)
            for i, row in enumerate(prefixes)
        ]
        return torch.stack([F.pad(row, (0, longest - row.shape[1]), value=text.pad) for row in complete], 1), nats
