"""The likeliest caption that holds some words, against all captions of a small network."""

import itertools

import pytest
import torch

from genwright.core.draws import Draws, seeded
from genwright.core.spec import Category, Spec
from genwright.distributions.heads import CategoricalHead
from genwright.families.two_stage import dall_e
from genwright.families.two_stage.dall_e import TextThenCodes
from genwright.networks.raster_transformer import TextRaster

CODES = Spec((("code", Category(5, (1, 2, 2), "grid")),))
CAPTION = Category(5, (5,), "sequence", ends=True)  # three words, END and PAD; four words at most
OTHER = Category(3, (2,), "sequence", ends=True)
GIVEN = Spec((("other", OTHER), ("caption", CAPTION)))


@pytest.fixture(scope="module")
def prior():
    with seeded(2):
        prior = TextThenCodes(CODES, GIVEN, TextRaster(CODES, GIVEN, 16, 2, 2), CategoricalHead(5)).eval()
        for text in prior.network.texts:
            torch.nn.init.normal_(text.out.weight, std=0.5)
    return prior


@pytest.fixture(scope="module")
def nats(prior):
    """log p of every caption of four words at most."""
    texts = [text for length in range(5) for text in itertools.product(range(3), repeat=length)]
    with torch.no_grad():
        rows = [torch.tensor([[*text, CAPTION.end]]) for text in texts]
        each = [prior.network.text_log_probs("caption", row).gather(2, row[..., None]).sum() for row in rows]
    return dict(zip(texts, map(float, each)))


def holds(text, words):
    rest = iter(text)
    return all(word in rest for word in words)


@pytest.mark.parametrize("words", [(0,), (2, 1), (1, 2), (1, 1, 0), (0, 1, 2, 0)])
@pytest.mark.parametrize("shortest", [1, 4])
def test_the_caption_is_the_likeliest_of_all_long_ones_that_hold_the_words(prior, nats, words, shortest, monkeypatch):
    monkeypatch.setattr(dall_e, "WIDTH", 100)  # of beams that forget no text
    monkeypatch.setattr(dall_e, "long_length", lambda *_: shortest)
    asked = {text: value for text, value in nats.items() if len(text) + 1 >= shortest and holds(text, words)}
    best = max(asked, key=asked.get)
    [(found, value)] = prior.expand([list(words)], [], Draws("expand"))
    assert tuple(found) == best and value == pytest.approx(nats[best], abs=1e-4)


def test_narrow_beams_hold_every_word_in_order(prior, nats, monkeypatch):
    monkeypatch.setattr(dall_e, "WIDTH", 1)
    for words in itertools.product(range(3), repeat=3):
        [(found, value)] = prior.expand([list(words)], [], Draws("expand"))
        assert holds(found, words) and value == pytest.approx(nats[tuple(found)], abs=1e-4)


def test_a_token_that_is_never_written_stands_only_for_the_prompts_own(prior):
    [(found, _), (own, _)] = prior.expand([[0], [1, 0]], [1, 2], Draws("expand"))
    assert set(found) == {0} and {0, 1} == set(own)


def test_long_is_the_length_of_the_longest_quarter():
    lengths = torch.tensor([2] * 70 + [5] * 30)  # tokens of texts, their ends among them
    stops = lambda t: float((lengths == t).sum() / (lengths >= t).sum().clamp(min=1))

    def next_token(texts):
        end = stops(texts.shape[1] + 1)
        return torch.tensor([1 - end, end]).log().expand(len(texts), -1)

    assert dall_e.long_length(next_token, 1, 8, Draws("lengths")) == 5
