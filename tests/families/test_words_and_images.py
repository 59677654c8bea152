# Tests families/symbol_by_symbol.py, families/two_stage/words_and_images.py, kinds/formats/images/answers.py,
#   networks/words_and_codes.py, zoo/captions.py, zoo/words.py
"""Words and images in one transformer: what a text sees, exact probabilities, and colours of images that are read."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genwright.core.draws import Draws, seeded
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Batch
from genwright.distributions.heads import CategoricalHead
from genwright.families.two_stage import words_and_images
from genwright.families.two_stage.words_and_images import (
    CHANNEL_SHARE,
    TAU,
    WordsAndCodes,
    jitter,
    likeliest,
    unlike_captions,
)
from genwright.kinds.fields.captions import Captions
from genwright.kinds.formats.images.answers import join_answers
from genwright.kinds.named import shapes
from genwright.networks import words_and_codes
from genwright.zoo.captions import DALL_E_LARGE
from genwright.zoo.words import WORDS_PRESETS, build_words_and_images

CODES = Spec((("code", Category(5, (1, 2, 2), "grid")),))
PICTURE = Ordered(256, shape=(3, 8, 8), axis="grid")
CAPTION = Category(4, (4,), "sequence", ends=True)  # two words, END and PAD
ATTRIBUTES = np.array([[3, 0, 1, 2], [0, 1, 0, 0], [5, 6, 1, 1]])
ANSWERS = Captions.fit([*shapes.answers(ATTRIBUTES)] * 2, "answers")
GIVEN = Spec((("caption", CAPTION),))


@pytest.fixture(scope="module", params=["own", "codes", "both"])
def network(request):
    with seeded(0):
        return words_and_codes.WordsAndCodesNetwork(
            CODES, GIVEN, ANSWERS.leaf, Spec((("picture", PICTURE),)), 16, 2, 2, 0.0, "all", request.param, 8
        ).eval()


@pytest.fixture(scope="module")
def seen(network):
    x, codes = (Draws("images").integers(k, shape) for k, shape in ((256, (3, 3, 8, 8)), (5, (3, 1, 2, 2))))
    with torch.no_grad():
        return network.look(x.float(), codes.float())


def test_a_question_sees_the_image_and_itself_alone(network, seen):
    row = ANSWERS.encode(shapes.answers(ATTRIBUTES)).long()
    with torch.no_grad():
        whole = network.log_probs("answers", seen, row)
        for i, text in enumerate(shapes.answers(ATTRIBUTES)):
            start = 0
            for pair in text.split("; "):
                alone = torch.tensor([*ANSWERS.words.encode(pair), words_and_codes.ENDS_ANSWER])[None]
                own = [tuple(part[i : i + 1] for part in pair) for pair in seen]
                nats = network.log_probs("answers", own, alone)[0]
                assert torch.allclose(whole[i, start : start + len(nats)], nats, atol=1e-4)
                start += len(nats)
        other = [tuple(part.roll(1, 0) for part in pair) for pair in seen]
        assert not torch.allclose(whole[:, :4], network.log_probs("answers", other, row)[:, :4], atol=1e-4)


def test_codes_that_are_hidden_are_not_seen(network):
    x, codes = (Draws("images").integers(k, shape) for k, shape in ((256, (3, 3, 8, 8)), (5, (2, 3, 1, 2, 2))))
    with torch.no_grad():
        one, other = (network.look(x.float(), part.float(), torch.tensor([True, False, True])) for part in codes)
    same = torch.stack([(a == b).all((1, 2, 3)) for a, b in zip(one[-1], other[-1])]).all(0)
    assert same.tolist() == [True, not network.reads_codes, True]


def test_probabilities_of_all_captions_sum_to_one_and_are_those_of_writing(network, seen):
    one = [tuple(part[:1] for part in pair) for pair in seen]
    mass = 0.0
    with torch.no_grad():
        for length in range(4):
            for words in itertools.product(range(2), repeat=length):
                tokens = torch.tensor([[*words, CAPTION.end][:3]])
                nats = network.log_probs("caption", one, tokens).gather(2, tokens[..., None]).sum()
                mass += float(nats.exp())
        written, nats = (part[:, 0] for part in network.write("caption", seen, [[]], likeliest))
        each = network.log_probs("caption", seen, written).gather(2, written[..., None])[..., 0]
        assert torch.allclose(nats, each.masked_fill(written == CAPTION.pad, 0.0).sum(1), atol=1e-4)
    assert mass == pytest.approx(1.0, abs=1e-4)


def test_an_answer_goes_on_as_the_question_is_scored(network, seen):
    begun = [
        ANSWERS.words.encode(question) for question in ("which colour?", "which", "which shape? star; which size?")
    ]
    with torch.no_grad():
        together, all_nats = network.write("answers", seen, begun, likeliest)
        for i, question in enumerate(begun[:2]):
            written, nats = together[:, i], all_nats[:, i]
            log_p = network.log_probs("answers", seen, written)[:, len(question) :]
            own = written[:, len(question) :]
            there = own != ANSWERS.leaf.pad
            each = log_p.gather(2, own[..., None])[..., 0]
            assert (written[:, : len(question)] == torch.tensor(question)).all()
            assert (log_p.argmax(2) == own)[there].all()
            assert torch.allclose(nats, each.masked_fill(~there, 0.0).sum(1), atol=1e-4)
        for i, question in enumerate(begun):
            written, nats = network.write("answers", seen, [question], likeliest)
            assert (written[:, 0] == together[:, i]).all() and torch.allclose(nats[:, 0], all_nats[:, i], atol=1e-4)


def test_an_image_sees_no_word_and_all_of_itself(network):
    x, codes = torch.zeros(2, 3, 8, 8), torch.zeros(2, 1, 2, 2)
    x[1, :, 7, 7], codes[1, 0, 1, 1] = 255, 3
    with torch.no_grad():
        keys = network.look(x, codes)[-1][0]
    assert not torch.allclose(keys[0, :, 0], keys[1, :, 0], atol=1e-6)  # the first position sees the last one


def test_no_training_image_shows_a_pair_that_is_held_out():
    rng = np.random.default_rng(0)
    pairs, parts = shapes.sample_pairs(rng)
    held = {*shapes.VALID_PAIRS, *shapes.TEST_PAIRS}
    assert not held & set(map(tuple, pairs[parts == "train"].tolist()))
    size, ground = (rng.integers(len(table), size=300) for table in (shapes.SIZES, shapes.GROUNDS))
    attributes = np.column_stack([rng.permutation(pairs[parts == "train"])[:300], size, ground])
    images = shapes.draw_shapes(attributes, shapes.sample_centres(size, rng))
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    named = torch.tensor(list(shapes.COLOURS.values())).float()
    for number in range(5):
        other = jitter(x, 255, Draws("jitter", number))
        assert other.min() >= 0 and other.max() <= 255
        assert (other.amax(1) - other.amin(1)).max() <= CHANNEL_SHARE * 255 + 1e-3
        away = (other.movedim(1, -1)[..., None, :] - named).abs().amax(-1)
        assert away.min() > 15  # levels, of the channel that differs most
        assert other.flatten(1).std(1).median() > 10  # shapes are still there


def test_images_in_other_colours_teach_no_word_of_colour_and_questions_are_free():
    learned = Spec((*GIVEN.leaves, ("answers", ANSWERS.leaf), ("picture", PICTURE), ("text", CAPTION)))
    with seeded(0):
        network = words_and_codes.WordsAndCodesNetwork(
            CODES, GIVEN, ANSWERS.leaf, Spec((("picture", PICTURE),)), 16, 2, 1, 0.0, "all", "own", 8
        )
    prior = WordsAndCodes(CODES, GIVEN, learned, network, CategoricalHead(5))
    prior.attach_domain(SimpleNamespace(fields={"answers": SimpleNamespace(captions=ANSWERS)}))
    row = ANSWERS.encode(shapes.answers(ATTRIBUTES[:1])).expand(2, -1)
    looked = network.look(torch.zeros(2, 3, 8, 8), torch.zeros(2, 1, 2, 2))
    nats, counted = prior._words("answers", looked, row, torch.tensor([False, True]))
    row = row[0, : counted.shape[1]].long()
    said = [
        ANSWERS.words.decode(code for code in row[own.bool()].tolist() if code < ANSWERS.words.k) for own in counted
    ]
    assert said == ["star; red; large; black", "star; large;"]
    assert (nats[counted > 0] > 0).all()


def test_answers_are_one_text_with_one_mark_each():
    pairs = [("Which  colour??", "dark; red"), ("what size", "Large"), ("what?", "")]
    assert join_answers(pairs) == "which colour? dark red; what size? large"


def test_the_codec_takes_as_many_images_a_step_as_that_of_dall_e():
    recipe = build_words_and_images(Spec((("picture", PICTURE),)), GIVEN, WORDS_PRESETS["tiny"])
    assert [stage.batch for stage in recipe.family.stages()] == [DALL_E_LARGE.batch, None]


class Told:
    """Stands for towers of a run that matches: a caption of two tokens is an angle."""

    given = GIVEN

    def to(self, device):
        return self

    def texts(self, given):
        angle = given[:, 0] + 2 * given[:, 1]
        return torch.stack([angle.cos(), angle.sin()], 1)


def test_codes_are_taught_to_be_as_near_as_captions_are():
    told, given = Told(), torch.tensor([[0.0, 0, 3, 3], [1, 0, 3, 3], [0, 1, 3, 3], [1, 1, 3, 3], [0, 0, 3, 3]])
    cost = lambda vectors, given: float(
        unlike_captions(told, 2.0, vectors[:, None, None].expand(-1, 2, 2, -1), Batch(vectors, given, Draws(0), 0))
    )
    as_told = 5 * told.texts(given)  # lengths count for nothing
    assert cost(as_told, given) == pytest.approx(0.0, abs=1e-6)
    assert cost(as_told.flip(0), given) > 0.1 and cost(torch.ones(5, 2), given) > 0.1
    assert cost(torch.ones(5, 3), given) == pytest.approx(cost(torch.ones(5, 2), given), abs=1e-5)
    untold = torch.cat([given, torch.full((1, 4), torch.nan)])
    assert cost(torch.cat([as_told, torch.randn(1, 2)]), untold) == pytest.approx(0.0, abs=1e-6)
    few = as_told[:2, None, None].clone().requires_grad_()  # one neighbour each
    unlike_captions(told, 2.0, few, Batch(few, given[:2], Draws(0), 0)).backward()
    assert not few.grad.any() and cost(as_told[:2], given[:2]) == 0.0


def test_what_codes_are_taught_is_the_kl_of_their_nearness_from_that_of_captions():
    """sum_j p_ij log p_ij / q_ij over the other images j of each image i."""
    given = torch.tensor([[0.0, 0, 3, 3], [1, 0, 3, 3], [0, 1, 3, 3], [1, 1, 3, 3]])
    captions, images = (
        Told().texts(given),
        torch.nn.functional.normalize(torch.tensor([[3.0, 1], [1, 2], [-1, 1], [2, 2]])),
    )
    nearness = lambda each, i: torch.tensor([each[i] @ each[j] / TAU for j in range(4) if j != i]).softmax(0)
    pairs = [(nearness(captions, i), nearness(images, i)) for i in range(4)]
    wanted = sum(float((p * (p / q).log()).sum()) for p, q in pairs) / 4
    found = unlike_captions(Told(), 2.0, images[:, None, None], Batch(images, given, Draws(0), 0))
    assert float(found) == pytest.approx(2 * wanted, rel=1e-4)


@pytest.mark.parametrize("image_guidance", [1.0, 1.5])
def test_an_edit_is_guided_by_the_image_and_by_its_instruction(monkeypatch, image_guidance):
    """l(none) + image_guidance (l(y) - l(none)) + guidance (l(s, y) - l(y)), of three known answers."""
    none, image, both = Draws("answers").normal(3, 1, 5)
    answers = {(True, True): none, (False, True): image, (False, False): both}

    class Answering:
        def walk(self, x, given, known):
            untold = given.isnan()
            yield "place", answers[bool(untold[0, 4:].all()), bool(untold[0, :4].all())]

    asked = Spec((*GIVEN.leaves, ("before", PICTURE)))
    prior = SimpleNamespace(spec=CODES, given=asked, network=Answering(), head=None)
    monkeypatch.setattr(words_and_images, "draw_in_turn", lambda walks, *others: list(walks[0]))
    ((_, found),) = WordsAndCodes.edit(prior, torch.ones(1, asked.width), Draws(0), 2.0, image_guidance)
    assert torch.allclose(found, none + image_guidance * (image - none) + 2.0 * (both - image), atol=1e-6)
