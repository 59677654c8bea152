"""Captions from the command line: a folder of captioned pictures, a model of it, pictures that a text asks for."""

import tomllib

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def home(tmp_path):
    """A folder with captioned pictures."""
    rng = np.random.default_rng(0)
    (tmp_path / "zoo").mkdir()
    lines = ["file_name,text"]
    for i in range(40):
        Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8)).save(tmp_path / "zoo" / f"{i}.png")
        lines.append(f'{i}.png,"a {("dark", "bright")[i % 2]} picture, small"')
    (tmp_path / "zoo" / "metadata.csv").write_text("\n".join(lines))
    return tmp_path


@pytest.mark.long
def test_a_text_asks_for_pictures(do, tmp_path):
    assert "given 'caption' conditions on them" in do("describe zoo")
    said = do("describe zoo --given caption")
    assert "given: `caption`, texts, with 5 words" in said and "caption of 0.png: a dark picture, small\n" in said
    assert said.count("\ncaption of ") == 5 and "2 `caption` texts are shared by several items" in said
    do("fit zoo --given caption --family flow-matching --preset tiny --items 640 --out run -q")
    do("sample run -n 3 --given 'caption=a dark, small zebra' --out new.npz --seed 0")
    assert np.load("new.npz")["caption"].tolist() == ["a dark, small zebra"] * 3
    do("sample run -n 3 --given caption=bright --against caption=dark --guidance 3 --out new")
    assert (tmp_path / "new" / "metadata.csv").read_text().splitlines()[1] == "00000.png,bright"
    assert "40 items" in do("log-prob run zoo")
    prompts = ["a dark picture", "bright", "a small, dark picture of a zebra in a wood"]
    (tmp_path / "prompts.txt").write_text("\n\n".join(prompts))
    asked = "sample run --given caption=@prompts.txt --seed 0"
    assert "12 sampled" in do(f"{asked} -n 4 --out grid.png") and "24 sampled" in do(f"{asked} --out all.npz")
    assert np.load("all.npz")["caption"].tolist() == [prompt for prompt in prompts for _ in range(8)]
    with Image.open("grid.png") as grid:
        width, height = grid.size
    assert width == 4 * 66 + 2 and height > 3 * 66 + 2  # four columns, a row and its words for each prompt
    guided = "sample run -n 3 --seed 0 --given caption=bright --guidance 30"
    do(f"{guided} --out guided.npz")
    do(f"{guided} --against caption=dark --out away.npz")
    assert (np.load("guided.npz")["x"] != np.load("away.npz")["x"]).any()
    do(f"{guided} --start zoo/0.png --strength 0.6 --out like.npz")
    assert np.load("like.npz")["caption"].tolist() == ["bright"] * 3
    do("sample run --given caption=bright --against caption=dark --guidance 1", 2)


def test_columns_of_captions_have_rates_that_a_record_keeps(do, tmp_path):
    table = (tmp_path / "zoo" / "metadata.csv").read_text().splitlines()
    names = [line.split(",")[0] for line in table[1:]]
    said = ("dark", "bright") * 20
    rows = [f"{name},{word},a picture that is {word}" for name, word in zip(names, said)]
    (tmp_path / "zoo" / "metadata.csv").write_text("\n".join(["file_name,short,long", *rows]))
    do("fit zoo --captions short=0.25,long=0.75 --family bootstrap --out run -q")
    options = tomllib.loads((tmp_path / "run" / "config.toml").read_text())["data"]["options"]
    assert options["captions"] == {"short": 0.25, "long": 0.75}
    do("fit --replay run --out again -q")
    do("sample again -n 4 --given caption=bright --out new.npz")
    assert set(np.load("new.npz")["caption"]) == {"bright"}
