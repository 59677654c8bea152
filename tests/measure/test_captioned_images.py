# Tests kinds/images/load.py, measure/plots/picture_sheets.py, measure/suites/captioned_images.py
"""The metrics for images with captions, on models whose faults are known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from genwright.core.data import Data
from genwright.core.draws import Draws
from genwright.kinds.images.load import raw_of
from genwright.kinds.load import load_data
from genwright.kinds.named.shapes import ATTRIBUTES, draw_shapes, instruction, sample_centres
from genwright.measure.plots import picture_sheets
from genwright.measure.suites import captioned_images, images
from genwright.zoo import registry

BY_RULE = ["shape", "colour", "size", "ground", "pair", "all"]
SIZES = {"samples": 60, "attacked": 0, "shown": 3}


@pytest.fixture(scope="module", autouse=True)
def quick_networks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(captioned_images, "ITEMS_SEEN", 1_280)
        yield


class Retriever:
    """Samples test images that have the caption that was asked for."""

    family = SimpleNamespace(has_path=False)

    def __init__(self, data: Data):
        self.data = data

    def has(self, verb):
        return verb == "sample"

    def sample(self, n, given=None, seed=0):
        test = self.data.tensors("test")
        same = (test.given == given[:, None]).all(2)
        pick = (Draws.from_seed(seed).uniform(same.shape) * same).argmax(1)
        return self.data.domain.decode(test.x[pick], given, seed)


class Copier(Retriever):
    """Samples the image `before`, whatever the instruction."""

    def sample(self, n, given=None, seed=0):
        return self.data.domain.decode(self.data.domain.given.part(given, "before").byte(), given, seed)


class Blind(Retriever):
    """Samples test images whatever the caption."""

    def sample(self, n, given=None, seed=0):
        test = self.data.tensors("test")
        pick = Draws.from_seed(seed).integers(len(test), (n,))
        return self.data.domain.decode(test.x[pick], given, seed)


@pytest.fixture(scope="module")
def shapes() -> Data:
    """A few images of `shapes`."""
    data, few = load_data("shapes", given="caption"), {"train": 600, "valid": 100, "test": 300}
    return replace(data, items={part: items[: few[part]] for part, items in data.items.items()}, encoded={})


@pytest.fixture(scope="module")
def suite(shapes):
    return registry.suite_class(shapes)(shapes, sizes=SIZES)


def drawn(suite: images.Suite, model: Retriever) -> tuple[torch.Tensor, dict[str, np.ndarray]]:
    """Samples of a model, and what they were given."""
    x, _, given = suite._items_of(model)
    return x, given


def of_captions(suite: images.Suite, x: torch.Tensor, given: dict[str, np.ndarray]) -> dict:
    aligned, samples = suite._alignment(images.Samples(x, None, given)), images.Samples(x, None, given)
    return ({} if aligned is None else {"alignment": aligned}) | suite._by_rule(samples)


@pytest.mark.long
def test_images_with_captions_have_a_suite_of_their_own(shapes):
    assert registry.suite_class(shapes) is captioned_images.Suite
    assert registry.suite_class(load_data("digits")) is images.Suite
    assert captioned_images.Suite.HEADLINE["words"] == "alignment" and "words" not in images.Suite.HEADLINE


def test_the_rule_of_a_named_set_is_known_to_its_suite(shapes):
    assert shapes.rule in captioned_images.RULES and raw_of(shapes).rule == shapes.rule
    assert load_data("digits").rule == ""


def test_a_model_that_reads_captions_is_told_from_one_that_does_not(suite):
    right, blind = (of_captions(suite, *drawn(suite, model(suite.data))) for model in (Retriever, Blind))
    real = suite._of_real()
    assert set(right) == {"alignment", *BY_RULE} <= set(suite.TITLES)
    assert [right[name].value for name in BY_RULE] == [real[name].value for name in BY_RULE] == [1.0] * 6
    assert blind["all"].value < 0.15 and blind["pair"].value < 0.35
    assert "guessed apart 0.4%, nearest training caption 0.0%" in right["all"].detail


def test_rules_see_images_that_have_a_caption(suite):
    asked = np.where(np.arange(len(suite.test)) < 20, suite._captions["test"], None)
    assert of_captions(suite, suite.test, {"caption": asked})["all"].n == 20


def test_a_look_at_the_headline_leaves_rules_out(suite):
    found = suite.measure(Retriever(suite.data), only=suite.LOOKED).metrics
    assert set(found) == {"frechet", "alignment", "copies", "memorisation"}


def test_captions_are_compared_as_models_are_given_them():
    x = np.random.default_rng(0).integers(0, 40, (240, 8, 8)).astype(np.uint8)
    x[1::2] += 200
    data = load_data((x, {"caption": np.resize(["A dark\nimage", "A  LIGHT image"], 240)}), given="caption")
    suite = captioned_images.Suite(data, sizes=SIZES)
    right = Retriever(suite.data)
    x, given = drawn(suite, right)
    asked = given["caption"]
    assert set(asked) == {"a dark image", "a light image"}
    assert of_captions(suite, x, given)["alignment"].value > 0.95
    swapped = np.where(asked == "a dark image", "a light image", "a dark image")
    assert of_captions(suite, x, {"caption": swapped})["alignment"].value < 0.05
    assert of_captions(suite, x, {"caption": np.full(len(x), None)}) == of_captions(suite, x, {}) == {}


@pytest.mark.long
def test_networks_are_taught_once_for_the_same_data(shapes, suite):
    again = captioned_images.Suite(shapes, sizes={"samples": 30})
    assert again._matcher is suite.resized({"samples": 20})._matcher
    other = captioned_images.Suite(shapes, seed=1, sizes=SIZES)
    assert other._matcher is not again._matcher


def test_every_family_draws_the_same_captions(suite, tmp_path):
    title = captioned_images.PROMPTS + captioned_images.LEGEND
    sheets = suite.plot(Retriever(suite.data), tmp_path / "model")
    real = suite.plot_real(tmp_path / "real")
    assert list(sheets)[:2] == list(real)[:2] == [images.SAMPLES_CAPTION, title]
    model, real = (Image.open(found[title]) for found in (sheets, real))
    assert model.width == real.width and model.height * images.COMPLETIONS_SHOWN == real.height * SIZES["shown"]
    assert len({prompt.caption for prompt in suite._prompts}) == images.COMPLETIONS_SHOWN
    assert all(prompt.is_composition for prompt in suite._prompts)


@pytest.fixture(scope="module")
def edits() -> images.Suite:
    """The suite of a few edits as in `shapes-edits`."""
    rng = np.random.default_rng(0)
    after = np.stack([rng.integers(len(table), size=200) for table in ATTRIBUTES.values()], 1)
    before, changed = after.copy(), rng.integers(4, size=200)
    counts = np.array([len(table) for table in ATTRIBUTES.values()])[changed]
    rows = np.arange(200)
    before[rows, changed] = (after[rows, changed] + 1) % counts
    centres = sample_centres(np.ones(200, int), rng)
    texts = [instruction(k, after[row, k]) for row, k in enumerate(changed.tolist())]
    given = {"before": draw_shapes(before, centres), "caption": texts}
    data = load_data((draw_shapes(after, centres), given), given=["caption", "before"])
    data = replace(data, rule="shapes-edits")
    return registry.suite_class(data)(data, sizes=SIZES)


def test_edits_are_judged_by_what_changed_and_what_was_kept(edits):
    judged = lambda x, given: edits._by_rule(images.Samples(x, None, given))
    right, copies = (judged(*drawn(edits, model(edits.data))) for model in (Retriever, Copier))
    values = lambda found: {name: metric.value for name, metric in found.items()}
    assert values(right) == {"changed": 1, "kept": 1, "followed": 1} and set(right) <= set(edits.TITLES)
    assert values(copies) == {"changed": 0, "kept": 1, "followed": 0}
    details = {"changed": "0.0%", "kept": "100.0%", "followed": "0.0%"}
    assert {name: metric.detail for name, metric in right.items()} == {
        name: f"copies of `before`: {share}" for name, share in details.items()
    }
    x, given = drawn(edits, Retriever(edits.data))
    assert list(judged(x, {"caption": given["caption"]})) == ["changed"]
    assert "followed" in edits.measure(Retriever(edits.data), only=edits.LOOKED).metrics


def test_a_drawing_of_edits_shows_the_image_before(edits, tmp_path):
    title = captioned_images.EDITS
    real, copied = edits.plot_real(tmp_path / "real")[title], edits.plot(Copier(edits.data), tmp_path / "copied")[title]
    with Image.open(real) as sheet, Image.open(copied) as other:
        real, copied = np.asarray(sheet.convert("RGB")), np.asarray(other.convert("RGB"))
    side = 32 * round(picture_sheets.SIDE / 32)
    tall, left = len(copied) // SIZES["shown"], side + picture_sheets.GAP + picture_sheets.ARROW
    for top in range(0, len(copied), tall):
        before, sample = (copied[top : top + tall, start : start + side] for start in (0, left))
        below = slice(tall - side - 2 * picture_sheets.GAP, tall - 2 * picture_sheets.GAP)
        assert (before[below] == sample[below]).all() and (real[top : top + tall, :side][below] == before[below]).all()
        assert (real[top : top + tall, left : left + side][below] != sample[below]).any()
