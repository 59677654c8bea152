"""Images and the texts that describe them: what is learned of pairs, and what a person can ask of both."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.data import Data
from ...core.errors import DataError
from ...core.spec import Spec
from ...core.trainable import Batch, Items, Trainable
from ...kinds.fields.captions import SWAPS, Captions, plain
from ...kinds.fields.fields import Fields
from ...kinds.formats.images.pictures import Pictures
from ...kinds.images.domain import Images
from ...kinds.values.several_texts import several, shares_of
from ..task_data import TaskDomain

NO_TEXT = -1
FEWEST = 8  # captioned images that train, at least
MOST_TEXTS = 1_000  # that images are held against where nobody names any


@dataclass(frozen=True)
class CaptionedImages:
    """n images and t different texts, as matching families see them.

    Args:
        images: (n, C, H, W) uint8, None where texts alone are asked about.
        texts: (t, T) codes.
        captions: (n, K) int64, the texts of each image by number, in its order and then from the first again; NO_TEXT
            where it has none.
        swapped: (t, 2) int64, what a caption becomes by each of SWAPS, NO_TEXT where that does not apply.
        asked: (a,) int64, texts to choose among.
        shares: (K,), how often training shows the first captions of images, their second ones, and so on.
    """

    images: Tensor | None
    texts: Tensor
    captions: Tensor
    swapped: Tensor
    asked: Tensor
    shares: Tensor

    def move_to(self, device: torch.device | str) -> "CaptionedImages":
        """Copies the images and texts to a device."""
        return CaptionedImages(*(None if value is None else value.to(device) for value in vars(self).values()))

    to = move_to  # as a tensor calls it


@dataclass(frozen=True, repr=False)
class Matching(TaskDomain):
    """The domain of images and texts that match.

    Args:
        images: how images and captions are read; the caption is its one field.
    """

    images: Images
    kind = "images"
    task = "match"

    @property
    def spec(self) -> Spec:
        """The leaves of an image and of a text."""
        return Spec((*self.images.spec.leaves, *self.images.given.leaves))

    @property
    def classes(self) -> tuple[str, ...]:
        """No classes: the texts to choose among come with the images."""
        return ()

    @property
    def reads(self) -> Images:
        return self.images

    @property
    def swaps(self) -> dict[str, Callable[[str], str | None]]:
        """Rules, by name, that make a wrong caption from the words of a right one, or return None."""
        return SWAPS

    @property
    def captions(self) -> Captions:
        return self.images.captions

    def takes(self, data: object) -> bool:
        """Tells whether the domain reads data: images in memory, images loaded for another task, or texts."""
        if isinstance(data, Data):
            return data.kind == self.kind
        return isinstance(data, np.ndarray) or _are_texts(data)

    def without_labels(self, data: Data | np.ndarray | Sequence[str]) -> Data:
        """Makes a task of images, or texts, to predict about."""
        if isinstance(data, Data):
            return _task(data, self)
        noun = "the texts" if _are_texts(data) else "the images"
        items = list(data) if _are_texts(data) else data if isinstance(data, Pictures) else Pictures(data)
        return Data(noun, self, {"test": items}, "")

    def with_texts(self, task: Data, texts: Sequence[str]) -> Data:
        """Adds the texts to choose among to a task."""
        if not _are_texts(texts := [texts] if isinstance(texts, str) else list(texts)):
            raise DataError("among must be a list of texts, none of them empty: pass at least one")
        return replace(task, options={**task.options, "among": texts})

    def captioned(self, task: Data) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Finds a task's captioned images. Returns their numbers (m,) among all images, the number (m,) of their first
        caption, and the list of different captions."""
        captions = [plain(text) for text in _captions(list(task.items.values()))]
        texts = list(dict.fromkeys(filter(None, captions)))
        number_of, captioned = {text: i for i, text in enumerate(texts)}, [i for i, text in enumerate(captions) if text]
        return np.array(captioned, int), np.array([number_of[captions[i]] for i in captioned], int), texts

    def context_for(self, task: Data, views: tuple[str, ...]) -> CaptionedImages:
        """Joins the images of all parts of a task."""
        parts = [part for part in task.items.values() if len(part)]
        if _are_texts(parts[0]):
            codes, choices = self._coded(parts[0])
            none, no_swaps = torch.zeros(0, 1, dtype=torch.long), torch.full((len(codes), len(SWAPS)), NO_TEXT)
            return CaptionedImages(None, codes, none, no_swaps, choices, torch.ones(1))
        images = self._pixels(parts, task.name)
        of_each = [[*filter(None, map(plain, several(texts)))] for texts in _captions(parts)]
        texts = list(dict.fromkeys(text for item_texts in of_each for text in item_texts))
        swaps = [[swap(text) for swap in SWAPS.values()] for text in texts]
        choices = self._choosable_texts(task, of_each)
        number = {text: i for i, text in enumerate(dict.fromkeys([*texts, *filter(None, sum(swaps, [])), *choices]))}
        max_texts = max(map(len, of_each), default=1) or 1
        captions = [
            [number[item_texts[k % len(item_texts)]] if item_texts else NO_TEXT for k in range(max_texts)]
            for item_texts in of_each
        ]
        swapped = torch.full((len(number), len(SWAPS)), NO_TEXT)
        if texts:
            swapped[: len(texts)] = torch.tensor([[number.get(text, NO_TEXT) for text in row] for row in swaps])
        codes, choices = self.captions.encode(list(number)), torch.tensor([number[text] for text in choices]).long()
        return CaptionedImages(
            images, codes, torch.tensor(captions), swapped, choices, _shares(_captions(parts), max_texts)
        )

    def answers(self, predictions: Tensor, task: Data) -> pd.DataFrame:
        """Makes a table of predictions.

        Args:
            predictions: (n, a), a probability of each text.
            task: The task: its items and its context.
        """
        candidate_texts = np.array(task.options.get("among") or self._own_texts(task), dtype=object)
        chances = {f"p({text})": column for text, column in zip(candidate_texts, predictions.T.numpy())}
        return pd.DataFrame({"label": candidate_texts[predictions.argmax(1).numpy()], **chances})

    def describe(self) -> list[str]:
        """Describes in sentences how the images and their captions were read."""
        return self.images.describe()

    def to_json(self) -> dict:
        return self.images.to_json()

    @classmethod
    def from_json(cls, record: dict) -> "Matching":
        images = Images.from_json(record)
        if images.given.names != ["caption"]:
            raise ValueError("the task match needs exactly one condition, the caption")
        return cls(images)

    def _pixels(self, parts: Sequence[Pictures], name: str) -> Tensor:
        """(n, C, H, W) uint8. Raises DataError for images of another size than those of training."""
        for part in parts:
            given_size, trained_size = tuple(np.shape(part)[1:]), self.images.size
            if given_size not in (trained_size, trained_size[: 2 + (trained_size[2] > 1)]):
                sizes = [" x ".join(map(str, size)) for size in (given_size, trained_size)]
                raise DataError(
                    f"the images of {name} are {sizes[0]}, and training had {sizes[1]}: pass a folder of image files, "
                    "which are resized"
                )
        return torch.cat([self.images.encode(np.asarray(part))[0] for part in parts])

    def _choosable_texts(self, task: Data, of_each: list[list[str]]) -> list[str]:
        """Texts to choose among, as they are coded. None where nobody named any and there are none, or too many."""
        if "among" in task.options:
            return self._clean_texts(task.options["among"])
        choices = list(dict.fromkeys(texts[0] for texts in of_each if texts))
        return choices if len(choices) <= MOST_TEXTS else []

    def _own_texts(self, task: Data) -> list[str]:
        """The first captions of the images of a task, each once. Raises DataError where there are none or too many."""
        captions = self.captioned(task)[2]
        if not 0 < len(captions) <= MOST_TEXTS:
            captions_text = f"{len(captions):,} different captions" if captions else "no captions"
            raise DataError(f"{task.name} has {captions_text}: name the texts to choose among with --among (among=)")
        return captions

    def _coded(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        captions = self._clean_texts(texts)
        return self.captions.encode(captions), torch.arange(len(captions))

    def _clean_texts(self, texts: Sequence[str]) -> list[str]:
        """Texts as they are coded, with a warning for words that training captions lack. Raises DataError for one that
        says nothing."""
        captions = [plain(text) for text in texts]
        if None in captions:
            raise DataError("a text is empty: write what the image shows")
        if respelled := self.captions.words.spelled(captions):
            words, are = ", ".join(map(repr, respelled[:3])), "words are" if len(respelled) > 1 else "word is"
            warnings.warn(
                f"{len(respelled):,} {are} in no training caption, so the model spells each letter by letter: {words}",
                stacklevel=2,
            )
        return captions


def matching_data(data: Data) -> Data:
    """Makes the task of matching images with captions. Images without a caption do not train. Images without a caption
    do not train.

    Raises DataError where training has too few captioned images, or no two captions that differ."""
    field = data.domain.fields.get("caption") if isinstance(data.domain, Images) else None
    if field is None:
        raise DataError(f"{data.name} was loaded without captions: load it with given='caption' (--given caption)")
    images = Images(data.domain.spec, Fields([field]), data.domain.count, data.domain.notes)
    task = _task(data, Matching(images))
    train = [text for text in _captions([data.items["train"]]) if plain(text)]
    if len(train) < FEWEST:
        raise DataError(
            f"{data.name} has {len(train)} captioned image{'s' * (len(train) != 1)} to train on: write captions for at "
            f"least {FEWEST}"
        )
    if len(set(map(plain, train))) == 1:
        raise DataError(
            f"every training caption of {data.name} is {train[0]!r}, which tells no image from another: write captions "
            "that differ"
        )
    return task


def _task(data: Data, domain: Matching) -> Data:
    """The items of data as numbers; only those with a caption are in the parts of the task."""
    encoded, start = {}, 0
    for part, items in data.items.items():
        captioned = np.flatnonzero([plain(text) is not None for text in _captions([items])])
        encoded[part] = Items(torch.from_numpy(start + captioned), torch.zeros(len(captioned), 0))
        start += len(items)
    return replace(data, domain=domain, encoded=encoded)


def _captions(parts: Sequence[Pictures]) -> list[str | None]:
    """The captions of all items, None for an item without one."""
    return [text for part in parts for text in getattr(part, "given", {}).get("caption", [None] * len(part))]


def _shares(captions: Sequence[str | None], limit: int) -> Tensor:
    """(most,) the mean over captioned images of how often each of their texts is shown, 0 where they have no more."""
    rows = [shares_of(caption) for caption in captions if caption is not None]
    if not rows:
        return torch.ones(1)
    return torch.tensor([[*row, *[0.0] * (limit - len(row))] for row in rows]).mean(0)


def _are_texts(data: object) -> bool:
    is_list = isinstance(data, (list, tuple, pd.Series, np.ndarray)) and len(data) > 0
    return is_list and isinstance(next(iter(data)), str)


INITIAL_SCALE, MAX_SCALE = 14.3, 100.0  # scale of scores, first and at most; Radford 2021
INITIAL_SIGMOID_SCALE, INITIAL_BIAS = 10.0, -10.0  # Zhai 2023
BLOCK = 512  # images or texts that a tower sees at once
OFTEN = 1e-3  # share of batches that hold one caption alone: more are refused


class Clip(Trainable):
    """CLIP (Radford 2021): embeds images and texts in one space, where an image lies nearest to the texts that describe
    it.

        u_i = image tower(x_i), v_j = text tower(y_j), of length 1    s_ij = scale u_i . v_j,  scale <= 100, learned
        softmax   L = (L_images + L_texts) / 2
                  L_images = -mean over i of mean over right j of log softmax_j(s_ij)
                  L_texts  = -mean over j of mean over right i of log softmax_i(s_ij)
        sigmoid   L = -sum over i, j of log sigmoid(z_ij (s_ij + bias)) / B,  z_ij = 1 if right, else -1     (Zhai 2023)

    Pair (i, j) is right if image i has text j as its caption, whichever item that text came with: several items may
    share it. A batch shows the k-th caption of each of its items, so that a short caption is not held against a longer
    one. Each caption is followed by two others that say something else with its words (Yuksekgonul 2023): its colours
    swapped, its relation reversed. Without them both towers learn bags of words. They are never right for their own
    image, and count in L_images and in the sigmoid loss.

    Args:
        image, text: Towers to vectors of length 1.
        sigmoid: Whether the loss is that of SigLIP.
        swaps: Whether captions are held against swapped ones.
        batch: Images in each step of training.
    """

    parallel = "alone"  # a share of a batch would hold fewer captions against each other

    def __init__(self, image: nn.Module, text: nn.Module, sigmoid: bool, swaps: bool, batch: int):
        super().__init__()
        self.image, self.text, self.swaps, self.batch = image, text, swaps, batch
        self.log_scale = nn.Parameter(torch.tensor(INITIAL_SIGMOID_SCALE if sigmoid else INITIAL_SCALE).log())
        self.bias = nn.Parameter(torch.tensor(INITIAL_BIAS)) if sigmoid else None

    def attach(self, context: CaptionedImages) -> None:
        """Sets the context. Raises DataError where one caption is so common that some batches would hold nothing else,
        which teach nothing."""
        captions = context.captions[context.captions[:, 0] >= 0]
        for k in range(captions.shape[1]):
            share = captions[:, k].bincount().max().item() / len(captions)
            if share**self.batch > OFTEN:
                raise DataError(
                    f"{share:.0%} of the images have the same caption. A batch of {self.batch} that holds no "
                    "other teaches nothing: write captions that differ, or raise the hyperparameter batch"
                )
        self.context = context

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of the images with numbers batch.x (B,) in the context."""
        context = self.context
        k = int((batch.rng.uniform(1) >= context.shares.cumsum(0)[:-1]).sum())
        caption = context.captions[batch.x, k]
        texts = torch.cat([caption, *context.swapped[caption].T]) if self.swaps else caption
        with torch.no_grad():
            self.log_scale.clamp_(max=torch.tensor(MAX_SCALE).log().item())
        distinct_texts, number = texts.clamp(min=0).unique(return_inverse=True)  # each text is read once
        images, codes = self.image(context.images[batch.x]), self.text(context.texts[distinct_texts])[number]
        with torch.autocast(images.device.type, enabled=False):
            logits = self.log_scale.exp() * images @ codes.T
        right = caption[:, None] == texts  # a swapped caption may be another item's own
        logits, reports = logits.masked_fill(texts < 0, -torch.inf), {"scale": self.log_scale.detach().exp()}
        if self.bias is not None:
            signs = 2.0 * right - 1
            return -F.logsigmoid(signs * (logits + self.bias)).masked_fill(texts < 0, 0.0).sum() / len(caption), reports
        square = logits[:, : len(caption)], right[:, : len(caption)]
        return (_nats(logits, right) + _nats(*(part.T for part in square))) / 2, reports

    def predict(self, context: CaptionedImages) -> Tensor:
        """Predicts the probability (n, a) of each of a texts for each image, given that one of them is right."""
        if context.images is None:
            raise DataError("predict names images, and these are texts: pass images, and the texts as among")
        similarity = (
            self._vectors(self.image, context.images) @ self._vectors(self.text, context.texts[context.asked]).T
        )
        return (self.log_scale.exp() * similarity).softmax(1)

    def encode(self, context: CaptionedImages) -> Tensor:
        """Computes unit vectors (n, D) of images, or of the texts to choose among where there are no images."""
        if context.images is None:
            return self._vectors(self.text, context.texts[context.asked])
        return self._vectors(self.image, context.images)

    def search(self, images: Tensor, text: Tensor) -> Tensor:
        """Computes the cosine similarity (n,) of images (n, D) to a text (D,)."""
        return images @ text

    def _vectors(self, tower: Callable, x: Tensor) -> Tensor:
        return torch.cat([tower(part) for part in x.split(BLOCK)])


def _nats(logits: Tensor, right: Tensor) -> Tensor:
    """(n, m) each -> (): the mean over rows of the mean over what is right of -log softmax."""
    return -(logits.log_softmax(1).masked_fill(~right, 0.0).sum(1) / right.sum(1)).mean()
