# Tests families/match/linear_map.py, families/match/matching.py, families/autoregressive/within.py
"""Images and texts in one space: what the loss counts as right, what is refused, and what the model can tell apart."""

import numpy as np
import pytest
import torch
from torch import nn

import genwright
from genwright.contract.small_data import halves
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.trainable import Batch
from genwright.families.match.matching import MAX_SCALE, NO_TEXT, CaptionedImages, Clip, matching_data
from genwright.kinds.values.several_texts import texts_of
from genwright.run.tasks import task_of


class Table(nn.Module):
    """A tower that looks a vector up by the first number of what it reads."""

    def __init__(self, vectors):
        super().__init__()
        self.vectors = nn.Parameter(torch.nn.functional.normalize(torch.tensor(vectors), dim=1))

    def forward(self, x):
        return self.vectors[x.flatten(1)[:, 0].long()]


def pairs(captions, swapped) -> CaptionedImages:
    """Images and texts whose first number is their own."""
    images, texts = torch.arange(len(captions)), torch.arange(len(swapped))
    return CaptionedImages(
        images[:, None, None, None],
        texts[:, None].float(),
        torch.tensor(captions),
        torch.tensor(swapped),
        texts,
        torch.ones(1),
    )


def loss_of(context, images, texts, sigmoid=False, swaps=True, scale=5.0):
    model = Clip(Table(images), Table(texts), sigmoid, swaps, batch=64)
    model.context = context
    model.log_scale.data.fill_(np.log(scale))
    n = len(images)
    return model, model.loss(Batch(torch.arange(n), torch.zeros(n, 0), Draws(0), 0))[0]


def test_the_loss_is_the_one_of_the_page():
    rng = np.random.default_rng(0)
    images, texts = (rng.normal(size=(n, 3)).astype(np.float32) for n in (3, 4))
    context = pairs([[0], [1], [0]], [[3, NO_TEXT], [NO_TEXT, NO_TEXT], [NO_TEXT, NO_TEXT], [NO_TEXT, NO_TEXT]])
    model, found = loss_of(context, images, texts)
    u, v = model.image.vectors.detach().numpy(), model.text.vectors.detach().numpy()
    near = 5 * u @ v.T
    columns = [0, 1, 0, 3, 3]  # own captions, then those of images 0 and 2 with swapped colours
    log_p = near[:, columns] - np.log(np.exp(near[:, columns]).sum(1, keepdims=True))
    of_images = -np.mean([(log_p[0, 0] + log_p[0, 2]) / 2, log_p[1, 1], (log_p[2, 0] + log_p[2, 2]) / 2])
    square = near[:, columns[:3]].T
    log_q = square - np.log(np.exp(square).sum(1, keepdims=True))
    of_texts = -np.mean([(log_q[0, 0] + log_q[0, 2]) / 2, log_q[1, 1], (log_q[2, 0] + log_q[2, 2]) / 2])
    assert found.item() == pytest.approx((of_images + of_texts) / 2, abs=1e-5)


def test_a_swapped_caption_that_another_image_has_is_right_for_that_one():
    """Texts 0 and 1 are each other with swapped colours, and each image lies on its own text. The softmax over texts
    has that text twice, its own and the swapped one of the other image, so that it is log 2 and not 0."""
    context = pairs([[0], [1]], [[1, NO_TEXT], [0, NO_TEXT]])
    axes = np.eye(2, 3, dtype=np.float32)
    for sigmoid in (False, True):
        model, found = loss_of(context, axes, axes, sigmoid, scale=40.0)
        if sigmoid:
            model.bias.data.fill_(-20.0)
            found = model.loss(Batch(torch.arange(2), torch.zeros(2, 0), Draws(0), 0))[0]
        assert found.item() == pytest.approx(0.0 if sigmoid else np.log(2) / 2, abs=1e-4)
        assert loss_of(context, axes, axes[::-1].copy(), sigmoid, scale=40.0)[1] > 5


def test_equal_captions_lose_nothing_to_each_other():
    """Six images of two captions: the best softmax shares its probability among three right texts."""
    context = pairs([[0], [1]] * 3, [[NO_TEXT, NO_TEXT]] * 2)
    axes = np.eye(2, 3, dtype=np.float32)
    _, found = loss_of(context, axes[[0, 1] * 3], axes, scale=80.0)
    assert found.item() == pytest.approx(np.log(3), abs=1e-4)


def test_the_scale_ends_at_100_and_may_come_back():
    context = pairs([[0], [1]], [[NO_TEXT, NO_TEXT]] * 2)
    axes = np.eye(2, 3, dtype=np.float32)
    model, found = loss_of(context, axes, axes[::-1].copy(), scale=1e4)
    assert model.log_scale.exp().item() == pytest.approx(MAX_SCALE)
    found.backward()
    assert model.log_scale.grad > 0


def test_a_batch_shows_captions_of_one_place():
    """The long caption of one image is never held against the short one of another."""
    task = task_of(halves(), "match")
    context = task.domain.context_for(task, ())
    long, short = context.captions.T
    assert not set(long.tolist()) & set(short.tolist())
    seen: list = []

    class Seen(nn.Module):
        def forward(self, codes):
            seen.append(codes)
            return torch.eye(len(codes), 256)

    model = Clip(Table(np.eye(256, dtype=np.float32)), Seen(), False, False, 16)
    model.context = context
    for k in range(8):
        model.loss(Batch(torch.arange(16), torch.zeros(16, 0), Draws(k), 0))
    lengths = [set((codes != task.domain.captions.leaf.pad).sum(1).tolist()) for codes in seen]
    assert all(len(each) == 1 for each in lengths) and len(set.union(*lengths)) == 2


def test_captions_are_shown_at_their_rates():
    task = task_of(halves(), "match")
    context = task.domain.context_for(task, ())
    assert context.shares.tolist() == [0.5, 0.5]
    rare = texts_of(["a red star", "a star"], [0.9, 0.1])
    x = np.random.default_rng(0).integers(0, 256, (60, 8, 8), np.uint8)
    data = task_of(genwright.load_data((x, {"caption": [rare, "a ring", "a blue ring"] * 20}), task="match"), "match")
    context = data.domain.context_for(data, ())
    assert context.shares.tolist() == pytest.approx([2.9 / 3, 0.1 / 3])
    seen: list = []

    class Seen(nn.Module):
        def forward(self, codes):
            seen.append(set(data.domain.captions.decode(codes)))
            return torch.eye(len(codes), 256)

    model = Clip(Table(np.eye(256, dtype=np.float32)), Seen(), False, False, 60)
    model.context = context
    for k in range(300):
        model.loss(Batch(torch.arange(60), torch.zeros(60, 0), Draws(k), 0))
    assert abs(sum("a star" in texts for texts in seen) / 300 - 0.1 / 3) < 4 * (0.033 / 300) ** 0.5
    assert all(("a star" in texts) != ("a red star" in texts) for texts in seen)


def test_every_caption_of_an_image_is_numbered_and_missing_ones_do_not_train():
    captions = [texts_of(["A red  star", "a star"]), None, "a ring"] * 20
    x = np.random.default_rng(0).integers(0, 256, (60, 8, 8), np.uint8)
    data = task_of(genwright.load_data((x, {"caption": captions}), task="match"), "match")
    context = data.domain.context_for(data, ())
    said = data.domain.captions.decode(context.texts)
    every = [[str(said[i]) for i in row if i >= 0] for row in context.captions.tolist()]
    shown = [text for part in data.items.values() for text in part.given["caption"]]
    for texts, own in zip(every, shown):
        assert texts == ([] if own is None else ["a ring", "a ring"] if own == "a ring" else ["a red star", "a star"])
    assert sum(len(data.tensors(part)) for part in ("train", "valid", "test")) == 40


@pytest.mark.parametrize("captions", [[None] * 58 + ["a star", "a ring"], [None, "a star"] * 30])
def test_too_few_captions_are_refused(captions):
    x = np.random.default_rng(0).integers(0, 256, (60, 8, 8), np.uint8)
    with pytest.raises(DataError):
        matching_data(genwright.load_data((x, {"caption": captions}), task="match"))
