# Tests kinds/sequences/windows.py
"""One long text: when a file is one, how it is cut and split, and what is refused."""

import gzip

import numpy as np
import pytest
import torch

import genwright
from genwright.core.errors import DataError
from genwright.kinds.load import read_items
from genwright.kinds.sequences.domain import Windows
from genwright.kinds.sequences.windows import cut, parted

RNG = np.random.default_rng(0)
PROSE = "".join(RNG.choice(list("abcde \n"), 9_000, p=[0.2, 0.2, 0.2, 0.15, 0.1, 0.12, 0.03]))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.txt"


@pytest.mark.parametrize("pack, lines", [(bytes, 1), (gzip.compress, 2)])
def test_a_text_of_few_lines_is_one_text(pack, lines, path):
    path.write_bytes(pack("\n".join([PROSE.replace("\n", " ")] * lines).encode()))
    data = genwright.load_data(path)
    assert isinstance(data.domain, Windows) and data.domain.spec.shape == (128,)


@pytest.mark.parametrize("text", [PROSE, "one short line", "a\nb\n" * 3])
def test_other_texts_are_lines(text, path):
    path.write_text(text)
    if text == PROSE:
        assert genwright.load_data(path).domain.leaf.ends
    else:
        with pytest.raises(DataError):
            genwright.load_data(path)


def test_windows_are_asked_for_of_any_file_and_of_texts_in_python(path):
    path.write_bytes(PROSE.replace("\n", "\r\n").encode())
    other = path.with_suffix(".md")
    other.write_text("a,b\n" + PROSE[4:])
    data = genwright.load_data(path, windows=50)
    assert data.hash == genwright.load_data(PROSE.split("\n"), windows=50).hash
    assert data.domain.spec.shape == (50,) and data.options == {"windows": 50} and data.settled
    assert len(genwright.load_data(other, windows=50).train) == len(data.train)


def test_parts_follow_each_other_and_windows_do_not_overlap(path):
    path.write_text(PROSE)
    data = genwright.load_data(path, windows=50)
    sizes = data.sizes
    assert sizes == {"train": 129, "valid": 15, "test": 36}
    assert "".join([*data.train, *data.valid, *data.test]) in PROSE
    assert data.hash == genwright.load_data(path, windows=50, seed=1).hash  # a place is no matter of chance


def test_official_parts_stay_apart():
    texts = parted(["ab" * 100, "cd" * 50], np.array(["", "test"]), 10, "it")
    assert texts == {"train": "ab" * 90, "valid": "ab" * 10, "test": "cd" * 50}
    assert cut("abcdefg", 3) == ["abc", "def"]


def test_training_begins_anywhere_in_its_own_text(path):
    path.write_text(PROSE)
    items = genwright.load_data(path, windows=50).tensors("train")
    assert items.running and not items[:3].running and items.to("cpu").running
    which = torch.arange(len(items)).repeat(20)
    drawn, text = items.for_batch(which, 7), items.x.flatten()
    assert torch.equal(drawn.x, items.for_batch(which, 7).x) and not torch.equal(drawn.x, items.for_batch(which, 8).x)
    whole = text.unfold(0, 50, 1)
    starts = [int((whole == row).all(1).nonzero()[0]) for row in drawn.x[:400]]
    offset = np.array(starts) - 50 * which[:400].numpy()
    last = which[:400].numpy() == len(items) - 1
    assert (offset[last] == 0).all() and offset.min() == 0 and offset.max() == 49
    lines = genwright.load_data([f"{'x' * (i % 7)}{i}" for i in range(60)]).tensors("train")
    assert torch.equal(lines.for_batch(torch.tensor([3, 1]), 7).x, lines.x[[3, 1]])


def test_symbols_that_training_lacks_are_counted(path):
    path.write_text(PROSE[:-30] + "é" * 30)
    assert any(
        "1 window to validate or test with symbols" in line for line in genwright.load_data(path, windows=50).describe()
    )


def test_a_file_for_a_model_is_cut_or_goes_on(path):
    path.write_text(PROSE)
    domain = genwright.load_data(path, windows=50).domain
    assert read_items(path, domain)[0] == cut(PROSE, 50)
    path.write_text("ab cd*\n")
    assert read_items(path, domain)[0] == ["ab cd*"]
    drawn = [PROSE[:50], PROSE[90:140]]
    assert read_items(domain.write(drawn, path), domain)[0] == drawn
    path.write_text("ab")
    with pytest.raises(DataError):
        domain.encode(read_items(path, domain)[0])
    x, _, known = domain.encode_holes(["ab cd*", PROSE[:20] + "_" + PROSE[21:50]], None, None)
    assert known.sum(1).tolist() == [5, 49] and domain.decode(x, torch.zeros(2, 0), None)[0].startswith("ab cd")
    again = Windows.from_json(domain.to_json())
    assert type(again) is Windows and again.describe() == domain.describe()


def test_a_text_of_a_window_or_more_goes_on_by_half_a_window(path):
    path.write_text(PROSE)
    data = genwright.load_data(path, windows=20)
    model = genwright.fit(data, "autoregressive", preset="tiny", items=640, progress=False)
    short, long = PROSE[:7], PROSE[:47]
    once = model.complete([f"{short}*", f"{long}*"], seed=0)
    assert [len(text) for text in once] == [20, 57] and once[0].startswith(short) and once[1].startswith(long)
    assert model.complete([f"{PROSE[37:47]}*"], seed=0)[0][10:] == model.complete([f"{long}*"], seed=0)[0][47:]
    two = model.complete([f"{long}*"], draws=2, seed=0)
    assert [len(text) for (text,) in two] == [57, 57] and two[0][0] == model.complete([f"{long}*"], seed=0)[0]
