# Tests run/words.py
"""Captions and answers from the command line, and on bad input."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import genwright
from genwright.core.errors import GivenError, Unsupported
from genwright.kinds.named.shapes import ATTRIBUTES, captions, draw_shapes, sample_centres

HALVES = {"left": np.s_[:, :4], "right": np.s_[:, 4:], "upper": np.s_[:4], "lower": np.s_[4:]}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """64 images of bright halves, of which half have a caption, and each two questions."""
    folder, rng, rows = tmp_path_factory.mktemp("words") / "photos", np.random.default_rng(0), []
    folder.mkdir()
    for i in range(64):
        name, image = list(HALVES)[i % 4], rng.integers(0, 60, (8, 8)).astype(np.uint8)
        image[HALVES[name]] += 180
        Image.fromarray(image).save(folder / f"{i:02}.png")
        rows += [(f"{i:02}.png", f"a bright {name} half" if i % 8 < 4 else "", "Which half?", name)]
        rows += [(f"{i:02}.png", "", "how bright", "very")]
    pd.DataFrame(rows, columns=["file_name", "text", "question", "answer"]).to_csv(folder / "metadata.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def model(photos):
    data = genwright.load_data(photos, given=["caption", "answers"])
    how = {"preset": "tiny", "hyperparameters": {"share": 0.1, "lr": 0.03}, "items": 64 * 40}
    return genwright.fit(data, "words-and-images", progress=False, **how)


def test_a_table_brings_questions_with_answers(photos):
    data = genwright.load_data(photos, given=["caption", "answers"])
    assert set(data.train.given["answers"]) == {f"which half? {name}; how bright? very" for name in HALVES}
    assert sum(text is None for text in data.train.given["caption"]) > 0


@pytest.mark.long
def test_captions_and_answers_are_tables(model, photos, do, home):
    run = model.save(home / "run")
    do(f"caption {run} {photos} --out captions.csv -n 2")
    told = pd.read_csv(home / "captions.csv")
    assert list(told) == ["file_name", "text", "nats"] and len(told) == 128 and (told["nats"] >= 0).all()
    assert (told["nats"].to_numpy()[::2] <= told["nats"].to_numpy()[1::2]).all()
    do(f"answer {run} {photos} 'How bright?' 'which half?' --out answers.csv")
    said = pd.read_csv(home / "answers.csv")
    assert len(said) == 128 and set(said["question"]) == {"How bright?", "which half?"}
    assert (said[said["question"] == "How bright?"]["answer"] == "very").mean() > 0.9
    assert "wheel" in do(f"answer {run} {photos} 'which wheel?'", 2)


def test_captions_that_a_model_wrote_are_read_for_the_next_one(model, photos, do, home):
    run = model.save(home / "run")
    (home / "new").mkdir()
    for image in sorted(photos.glob("*.png"))[:20]:
        shutil.copy(image, home / "new")
    do(f"caption {run} new --out new/metadata.csv")
    table = pd.read_csv(home / "new/metadata.csv")
    table.loc[:9, "text"] = "a corrected text"
    table.to_csv(home / "new/metadata.csv", index=False)
    data = genwright.load_data(home / "new", given=["caption"])
    texts = [text for part in (data.train, data.valid, data.test) for text in part.given["caption"]]
    assert sorted(texts) == sorted(table["text"])


def test_a_prompt_becomes_a_caption_that_holds_its_words(model, do, home):
    told = model.expand(["left half", "BRIGHT", "a bright upper half"])
    assert told["caption"][0] == "a bright left half" and told["caption"][2] == "a bright upper half"
    assert " bright " in told["caption"][1] and (told["nats"] > 0).all()
    run = model.save(home / "run")
    said = do(f"sample {run} -n 2 --given caption=left --expand --seed 0 --out left.png")
    assert "left: a bright left half" in said
    (home / "prompts.txt").write_text("left\nlower\n")
    assert "lower: a bright lower half" in do(f"sample {run} -n 1 --given caption=@prompts.txt --expand --out two.png")
    assert "--given caption" in do(f"sample {run} --expand", 2)


@pytest.mark.long
def test_corrected_captions_of_shapes_train_the_next_model(do, home):
    rng, names = np.random.default_rng(0), [f"{i:02}.png" for i in range(48)]
    attributes = np.column_stack([rng.integers(len(table), size=48) for table in ATTRIBUTES.values()])
    for folder, rows in (("told", slice(24)), ("new", slice(24, None))):
        (home / folder).mkdir()
        for name, image in zip(names[rows], draw_shapes(attributes, sample_centres(attributes[:, 2], rng))[rows]):
            Image.fromarray(image).save(home / folder / name)
    full = captions(attributes)[:, 2]
    pd.DataFrame({"file_name": names[:24], "text": full[:24]}).to_csv(home / "told/metadata.csv", index=False)
    fit = "--given caption --family words-and-images --preset tiny --items 256 --quiet"
    do(f"fit told {fit} --out first")
    do("caption first new --out new/metadata.csv")
    table = pd.read_csv(home / "new/metadata.csv").sort_values("file_name").assign(text=full[24:])  # corrected
    pd.concat([pd.read_csv(home / "told/metadata.csv"), table]).to_csv(home / "told/metadata.csv", index=False)
    for name in names[24:]:
        shutil.move(home / "new" / name, home / "told" / name)
    data = genwright.load_data(home / "told", given=["caption"])
    assert sorted(text for part in data.items.values() for text in part.given["caption"]) == sorted(full)
    do(f"fit told {fit} --out second")
    do("caption second told --out again.csv")
    assert set(pd.read_csv(home / "again.csv")["file_name"]) == set(names)


def test_a_caption_holds_whole_words_however_little_was_learned(photos):
    data = genwright.load_data(photos, given=["caption"])
    model = genwright.fit(data, "dall-e", preset="tiny", items=32, progress=False)
    told = model.expand(["right", "half upper", "bright"])
    for row in told.itertuples():
        rest = iter(re.findall(r"\w+", row.caption))
        assert all(word in rest for word in row.prompt.split())


def test_several_questions_have_the_answers_of_each_alone(model, photos):
    x = np.asarray(genwright.load_data(photos).train)[:5]
    both = model.answer(x, ["which half?", "how bright?"])
    for question in both:
        assert both[question].tolist() == model.answer(x, question)[question].tolist()


def test_bad_input_is_one_sentence(model):
    x = np.zeros((2, 8, 8, 1), np.uint8)
    for call in (
        lambda: model.answer(x, "which wheels?"),
        lambda: model.answer(x, "?"),
        lambda: model.answer(x, 40 * "which half "),
        lambda: model.caption(x, n=0),
        lambda: model.expand("a wheel"),
        lambda: model.expand(["left", "  "]),
        lambda: model.expand(40 * "a bright "),
    ):
        with pytest.raises(GivenError):
            call()
    with pytest.warns(UserWarning, match="16 x 12"):
        assert len(model.caption(np.zeros((2, 16, 12, 3), np.uint8))) == 2


def test_a_model_without_questions_says_so():
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    data = genwright.load_data((images, {"caption": ["dark", "bright"] * 20}), given=["caption"])
    fitted = genwright.fit(data, "words-and-images", preset="tiny", items=64, progress=False)
    with pytest.raises(Unsupported):
        fitted.answer(images[:1], "which?")
