"""Whether images show what their captions say, as two small networks read both."""

import numpy as np
import pytest
import torch

from genwright.measure.metrics.captions import MOST_CAPTIONS, Matcher, alignment, candidates

COLOURS = {"red": (1.0, 0.1, 0.1), "green": (0.1, 0.8, 0.1), "blue": (0.1, 0.1, 1.0)}
PLACES = {"left": slice(0, 8), "right": slice(8, 16)}
CAPTIONS = [f"a {colour} square on the {place}" for colour in COLOURS for place in PLACES]


def squares(n: int, seed: int) -> tuple[torch.Tensor, np.ndarray]:
    """Images (n, 3, 16, 16) of half an image in one colour, and their captions (n,)."""
    rng = np.random.default_rng(seed)
    asked = rng.choice(CAPTIONS, n)
    images = rng.uniform(0, 0.1, (n, 3, 16, 16))
    for image, caption in zip(images, asked):
        _, colour, *_, place = caption.split()
        image[:, :, PLACES[place]] += 0.9 * np.array(COLOURS[colour])[:, None, None]
    return torch.from_numpy(images).float(), asked


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    x, captions = squares(240, 0)
    return Matcher(x, [*captions[:-2], None, None], 0, 6_400)


@pytest.mark.long
def test_images_are_aligned_with_their_own_captions_and_not_with_others(matcher):
    x, captions = squares(120, 1)
    right = alignment(matcher, x, captions, CAPTIONS, 0)
    assert right.value > 0.9 and right.n == 120
    other = np.roll(CAPTIONS, 1)[[CAPTIONS.index(caption) for caption in captions]]
    assert alignment(matcher, x, other, CAPTIONS, 0).value < 0.1
    same = alignment(matcher, x[:1].expand_as(x), captions, CAPTIONS, 0)  # a model that does not read captions
    assert same.value < 2 / len(CAPTIONS) + 3 * same.se
    assert "6 captions: chance 16.7%" in right.reference


@pytest.mark.long
def test_a_mean_brightness_is_no_alignment(matcher):
    x, captions = squares(120, 2)
    assert alignment(matcher, x.mean(1, keepdim=True).expand_as(x), captions, CAPTIONS, 0).value < 0.7


def test_an_image_is_as_near_to_a_caption_alone_as_among_others():
    x, captions = squares(24, 4)
    matcher, x = Matcher(x, captions, 0, 160), x[:8]
    assert np.allclose(matcher(x[:1], CAPTIONS), matcher(x, CAPTIONS)[:1], atol=1e-5)


def test_candidates_are_different_and_at_most_so_many():
    texts = [f"a caption of number {k % 150}" for k in range(300)]
    found = candidates([*texts, None], 0)
    assert len(found) == len(set(found)) == MOST_CAPTIONS
    assert found == candidates(texts[::-1], 0)
    assert candidates(["b", "a", "b"], 0) == ["a", "b"]


def test_nothing_is_measured_where_nothing_was_asked_among_the_candidates(matcher):
    x, _ = squares(4, 3)
    assert alignment(matcher, x, [None] * 4, CAPTIONS, 0) is None
    assert alignment(matcher, x, CAPTIONS[:4], CAPTIONS[:1], 0) is None
