"""Images that images are given with: every form that people have them in, what is wrong with some, and models that look
at them."""

import json
import warnings

import numpy as np
import pytest
import torch
from PIL import Image

import genwright
from genwright.cli.commands import main
from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.families.conditions import pick_nearest
from genwright.kinds.formats.images.pictures import Pictures
from genwright.kinds.images.domain import Images
from genwright.kinds.load import read_items
from genwright.kinds.resplit import resplit
from genwright.zoo import registry

RNG = np.random.default_rng(0)
BEFORE = RNG.integers(0, 256, (200, 1, 1, 1)).astype(np.uint8).repeat(8, 1).repeat(8, 2)
AFTER = 255 - BEFORE // 16 * 16  # the negative, nearly
TEXTS = [f"make it number {k % 5}" for k in range(len(AFTER))]
PAIRS = 16  # in a folder
LEVELS = Images.fit(AFTER, other_images=["before"])


def load(before=BEFORE, given=("before",), after=AFTER):
    return genwright.load_data((after, {"before": before, "caption": TEXTS[: len(after)]}), given=list(given))


@pytest.fixture
def zoo(tmp_path):
    """Pairs of images in a folder, as "made/N.png" and "old/N.png", and their table."""
    lines = ["file_name;text;before"]
    for i, pair in enumerate(zip(AFTER[:PAIRS], BEFORE[:PAIRS])):
        for folder, picture in zip(("made", "old"), pair):
            (tmp_path / "zoo" / folder).mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture[..., 0]).save(tmp_path / "zoo" / folder / f"{i}.png")
        lines.append(f"made/{i}.png;{TEXTS[i]};old/{i}.png")
    (tmp_path / "zoo" / "metadata.csv").write_text("\n".join(lines))
    return tmp_path / "zoo"


def test_values_become_columns_and_come_back():
    field = LEVELS.fields.get("before")
    each = field.encode(BEFORE[:3], 3)
    assert torch.equal(each, LEVELS.encode(BEFORE[:3])[0].flatten(1).float()) and field.width == 64
    assert (field.decode(each, None) == BEFORE[:3]).all() and field.decode(each * torch.nan, None) is None
    for one in (BEFORE[0], BEFORE[0, ..., 0], BEFORE[:1], [BEFORE[0]], BEFORE[0] / 255):
        assert torch.equal(field.encode(one, 3), each[:1].expand(3, -1))
    assert torch.equal(field.encode(list(BEFORE[:3]), 3), each)
    carried = LEVELS.encode(Pictures(AFTER[:3], {"before": BEFORE[:3]}))
    assert torch.equal(carried[1], each) and (LEVELS.decode(*carried, None).given["before"] == BEFORE[:3]).all()
    with pytest.warns(UserWarning, match="before brought from 20 x 12 colour to the model's 8 x 8 grey"):
        mixed = field.encode([np.full((20, 12, 3), 90, np.uint8), BEFORE[1]], 2)
    assert (mixed[0] == 90).all() and torch.equal(mixed[1], each[1])


def test_a_record_keeps_them_and_their_size():
    domain = Images.fit(AFTER, np.arange(200) % 2, times=2, texts={"caption": TEXTS}, other_images=["before", "mask"])
    record = json.loads(json.dumps(domain.to_json()))
    again = Images.from_json(record)
    assert again.given == domain.given and again.given.names == ["label", "caption", "before", "mask", "low"]
    assert again.given_images == ["before", "mask"] and again.describe() == domain.describe()
    record["given"][2]["shape"] = [1, 4, 4]
    with pytest.raises(ValueError):
        Images.from_json(record)


# ---------------------------------------------------------------- from people's files and arrays


def test_edits_of_one_image_are_in_one_part():
    """Forty photos with five edits each, the second of which was made from the first."""
    rng = np.random.default_rng(1)
    after = rng.integers(0, 256, (200, 8, 8, 1), dtype=np.uint8)
    before = rng.integers(0, 256, (40, 8, 8, 1), dtype=np.uint8).repeat(5, 0)
    before[1::5] = after[::5]
    photo = {picture.tobytes(): k // 5 for k, picture in enumerate(after)}
    data, turned = load(before, after=after), load(before[::-1], after=after[::-1])
    for found in (data, turned, resplit(data, 1)):
        parts = [{photo[picture.tobytes()] for picture in part} for part in found.items.values()]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 40 and all(parts)
        assert found.sizes["test"] == 40
    of_test = lambda found: {picture.tobytes() for picture in found.test}
    assert of_test(data) == of_test(turned) != of_test(resplit(data, 1))


def test_data_carry_them_in_every_form(zoo, tmp_path):
    data = load(given=["caption", "before"])
    assert data.domain.given.names == ["caption", "before"]
    for part in (*data.items.values(), resplit(data, 1).train):
        assert (part == 255 - part.given["before"] // 16 * 16).all()
    other = load(BEFORE ^ 1, given=["caption", "before"])
    assert other.hash != data.hash and load(given=["caption"]).domain.given_images == []
    assert "images were found: given 'before' conditions on them" in load(given=["caption"]).describe()
    folder = genwright.load_data(zoo, given=["caption", "before"])
    said = "\n".join(folder.describe())
    assert folder.domain.count == PAIRS and "16 of 32 images left out (without 'before')" in said
    assert not folder.domain.labels  # all of them are in one sub-folder
    for name in ("copy", "copy.npz"):
        again = read_items(folder.domain.write(folder.train, tmp_path / name), folder.domain).items
        assert (again == folder.train).all() and (again.given["before"] == folder.train.given["before"]).all()
        loaded = genwright.load_data(tmp_path / name, given=["caption", "before"])
        assert loaded.domain.given.names == ["caption", "before"] and loaded.domain.count == len(folder.train)
    colour = load(BEFORE.repeat(3, 3))
    assert colour.domain.spec.shape == colour.domain.given.leaf.shape == (3, 8, 8)  # as images of a folder would be


# ---------------------------------------------------------------- models


def test_the_registry_says_which_families_read_images():
    spec, given = LEVELS.spec, LEVELS.given
    for row in registry.rows():
        suits = not registry.missing_options(row.needs, LEVELS)
        if (row.kind, row.task) != registry.IMAGES or row.conditional == "label" or not suits:
            continue
        hyper = registry.presets(row)["tiny"].values() if registry.presets(row) else {}
        if why := row.refuses(given):
            assert why == f"{row.family} reads no image that it is given" and row.unread(given) == ["before"]
            with pytest.raises(Unsupported):
                registry.build(row, spec, given, hyper)
        else:
            registry.build(row, spec, given, hyper)
    assert not registry.row(*registry.IMAGES, "vae").refuses(Images.fit(AFTER, texts={"caption": TEXTS}).given)
    with pytest.raises(Unsupported):
        genwright.fit(load(), "vae", items=1, progress=False)


@pytest.mark.parametrize("family, items", [("flow-matching", 3200), ("bootstrap", None)])
def test_a_model_looks_at_them(family, items):
    model = genwright.fit(load(), family, items=items, preset="tiny" if items else None, progress=False)
    asked = np.repeat(np.uint8([20, 230]), 8)[:, None, None, None].repeat(8, 1).repeat(8, 2)
    drawn = model.sample(16, given={"before": asked}, seed=0)
    assert (drawn.given["before"] == asked).all() and "before" not in model.sample(2).given
    dark, light = np.asarray(drawn[:8]).mean(), np.asarray(drawn[8:]).mean()
    assert dark - light > 40  # 210 in truth, 0 for a model that does not look


def test_the_nearest_image_differs_least_in_its_pixels():
    given = LEVELS.encode_given({"before": BEFORE[:5]}, 5)
    values = torch.cat([given + 1, given.flip(1) * 0, given * torch.nan])
    near = pick_nearest(LEVELS.given, given, values, Draws("nearest"))
    away = ((given[:, None] - values) ** 2).sum(2).nan_to_num(torch.inf)
    assert torch.equal(near, away.argmin(1))


def test_from_the_command_line(zoo, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(RNG.integers(0, 256, (20, 30, 3)).astype(np.uint8)).save("photo.png")

    def do(command: str) -> str:
        with pytest.raises(SystemExit) as exit:
            main(command.split())
        said = capsys.readouterr()
        assert exit.value.code == 0, said.err
        return said.out + said.err

    do("fit zoo --given caption,before --family flow-matching --preset tiny --items 64 --out run -q")
    said = do("sample run -n 3 --given before=photo.png --given caption=number --out new --seed 0")
    assert "to 8 x 8" in said
    table = (tmp_path / "new" / "metadata.csv").read_text().splitlines()
    assert table[:2] == ["file_name,text,before", "00000.png,number,00000-before.png"]
    assert "16 sampled" in do("sample run --given before=zoo/old --out many.npz")
    assert (np.load("many.npz")["before"] == BEFORE[sorted(range(PAIRS), key=str)]).all()
    assert "16 items" in do("log-prob run zoo")
    with warnings.catch_warnings(), pytest.raises(SystemExit):
        main("sample run --given before=nothing.png".split())
    assert "nothing.png" in capsys.readouterr().err
