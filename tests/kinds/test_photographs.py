# Tests kinds/formats/images/questions.py, kinds/formats/images/squares.py, kinds/formats/images/tiles.py
"""Photographs larger than models take: what is asked about their side, text among them, transparent ones of 16 bits,
and tiles at their own resolution."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import genwright
from genwright.core.errors import DataError
from genwright.kinds.formats.images import squares
from genwright.kinds.formats.images.picture_files import read_folder
from genwright.kinds.formats.images.tiles import read_tiles

RNG = np.random.default_rng(0)
WORDS = "we walk along the quiet river and talk about those winters when nobody in town owned a boat".split()


def smooth(height: int, width: int) -> Image.Image:
    """A photograph of large shapes in colour."""
    small = Image.fromarray(RNG.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def page() -> Image.Image:
    image = Image.new("L", (800, 900), 250)
    for top in range(40, 860, 24):
        ImageDraw.Draw(image).text((40, top), " ".join(RNG.choice(WORDS, 14)), 20, ImageFont.load_default(15))
    return image


def fill(folder, make, count: int = 12):
    folder.mkdir()
    for k in range(count):
        make().save(folder / f"{k:02}.png")
    return folder


def test_a_person_is_asked_at_which_side_photographs_are_learned(tmp_path):
    data = genwright.load_data(fill(tmp_path / "photos", lambda: smooth(150, 200)))
    (question,) = data.questions
    sides = [choice.options["side"] for choice in question.choices]
    assert data.domain.size == (32, 32, 3) and "25%" in str(data) and sides == [128, 64, 32]
    named = genwright.load_data(tmp_path / "photos", **question.answer)
    assert named.domain.size == (128, 128, 3) and not named.questions
    assert not genwright.load_data(fill(tmp_path / "small", lambda: smooth(60, 64))).questions


@pytest.mark.parametrize("form", ["folder", "array", "pages"])
def test_every_door_takes_the_side_that_a_person_names(tmp_path, form):
    images = [smooth(96, 120) for _ in range(10)]
    folder = fill(tmp_path / "photos", iter(images).__next__, 10)
    first, *others = (image.copy() for image in images)
    first.save(tmp_path / "pages.tif", save_all=True, append_images=others)
    source = {"folder": folder, "array": np.stack(images), "pages": tmp_path / "pages.tif"}[form]
    assert genwright.load_data(source, side=64).domain.size == (64, 64, 3)
    for side in (128, 30, 260):
        with pytest.raises(DataError, match=str(side)):
            genwright.load_data(source, side=side)


def test_scans_of_text_are_told_from_photographs(tmp_path):
    asked = [str(question) for question in genwright.load_data(fill(tmp_path / "pages", page)).questions]
    assert any("text" in question for question in asked)
    photographs = genwright.load_data(fill(tmp_path / "photos", lambda: smooth(300, 300))).questions
    assert not any("text" in str(question) for question in photographs)


def save_deep(path, values: np.ndarray) -> None:
    """(H, W, 2 or 4) uint16, the last of them alpha, as a PNG of 16 bits, which Pillow does not write."""
    height, width, channels = values.shape
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in values)
    head = struct.pack(">IIBBBBB", width, height, 16, {2: 4, 4: 6}[channels], 0, 0, 0)
    part = lambda name, body: struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    body = part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


@pytest.mark.parametrize("channels", [1, 3])
def test_transparent_images_of_16_bits_keep_a_narrow_range(tmp_path, channels):
    deep = (3_000 + 1_000 * RNG.random((12, 16, 16, channels))).astype(np.uint16)
    alpha = np.where(np.arange(16) < 8, 0, 65_535).astype(np.uint16)
    for k, values in enumerate(deep):
        save_deep(tmp_path / f"{k:02}.png", np.dstack([values, np.broadcast_to(alpha, (16, 16))]))
    found = read_folder(tmp_path)
    assert (found.pictures[:, :, :8] == 255).all() and 3_000 <= found.brightness.black < found.brightness.white <= 4_000
    back, seen = found.brightness.values(found.pictures[:, :, 8:]), deep[:, :, 8:]
    inside = (found.brightness.black <= seen) & (found.brightness.white >= seen)
    assert np.abs(back - seen)[inside].max() < 1_000 / 255


def test_no_pixel_of_a_tile_stands_in_two_parts(tmp_path):
    numbers = np.arange(200 * 90)
    own = np.stack([numbers % 256, numbers // 256, 0 * numbers], -1).reshape(200, 90, 3).astype(np.uint8)
    Image.fromarray(own).save(tmp_path / "one.png")
    found = read_tiles(tmp_path / "one.png", 16)
    pixels = 256 * found.pictures[..., 1].astype(int) + found.pictures[..., 0]
    of_part = {part: set(pixels[found.parts == part].ravel()) for part in ("train", "valid", "test")}
    assert all(of_part.values()) and not of_part["train"] & (of_part["valid"] | of_part["test"])
    assert not of_part["valid"] & of_part["test"]
    data = genwright.load_data(tmp_path / "one.png", tiles=16)
    assert data.sizes == {part: int((found.parts == part).sum()) for part in of_part}


@pytest.mark.parametrize("options", [{"tiles": 17}, {"tiles": 400}, {"tiles": 16, "side": 16}])
def test_tiles_that_cannot_be_cut_are_refused(tmp_path, options):
    smooth(100, 100).save(tmp_path / "one.png")
    with pytest.raises(DataError):
        genwright.load_data(tmp_path / "one.png", **options)
    with pytest.raises(DataError, match="tiles"):
        genwright.load_data("digits", tiles=16)


@pytest.mark.long
def test_several_processes_read_what_one_reads(tmp_path, monkeypatch):
    folder = fill(tmp_path / "photos", lambda: smooth(40, 50), 40)
    (folder / "10.png").write_bytes((folder / "10.png").read_bytes()[:300])
    with pytest.warns(UserWarning, match="10.png"):
        one = read_folder(folder)
    monkeypatch.setattr(squares, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(squares, "cores", lambda: 2)
    with pytest.warns(UserWarning, match="10.png"):
        two = read_folder(folder)
    assert (one.pictures == two.pictures).all() and one.places == two.places
