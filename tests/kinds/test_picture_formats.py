# Tests kinds/formats/images/dicom.py, kinds/formats/images/file_ends.py, kinds/formats/images/image_files.py,
#   kinds/formats/images/picture_files.py
"""Picture files of every format, their frames, and folders in which some are damaged."""

import io
import sys
import warnings
from contextlib import suppress
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import genwright
from genwright.core.errors import DataError
from genwright.kinds.formats.images.image_files import count_pages, decode_page, opened
from genwright.kinds.formats.images.picture_files import read_folder
from genwright.kinds.load import read_items

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (16, 16, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (16, 16), dtype=np.uint8)


def written(picture: np.ndarray, kind: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **options)
    return file.getvalue()


def fill(folder, count: int, **others: bytes):
    """A folder of `count` pictures, some of them others."""
    folder.mkdir(exist_ok=True)
    for k in range(count - len(others)):
        (folder / f"{k:03}.png").write_bytes(written(np.roll(GREY, k, 0), "PNG"))
    for name, content in others.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    "name, kind, options",
    [
        ("a.webp", "WEBP", {"lossless": True}),
        ("a.tif", "TIFF", {}),
        ("a.tiff", "TIFF", {"compression": "tiff_deflate"}),
        ("a.bmp", "BMP", {}),
        ("A.BMP", "BMP", {}),
        ("a.jpg", "WEBP", {"lossless": True}),  # as many images of the web are called
    ],
)
def test_every_format_is_read(tmp_path, name, kind, options):
    (tmp_path / name).write_bytes(written(COLOUR, kind, **options))
    found = read_folder(tmp_path)
    assert (found.pictures[0] == COLOUR).all() and found.account.sentences() == []


def test_a_gif_keeps_its_palette_and_its_holes_are_white(tmp_path):
    image = Image.fromarray(np.where(GREY > 128, 200, 40).astype(np.uint8)).convert("P")
    index = int(np.asarray(image)[0, 0])
    image.save(tmp_path / "a.gif", transparency=index)
    (found,) = read_folder(tmp_path).pictures
    there = np.asarray(image) == index
    assert (found[there] == 255).all() and len(np.unique(found[~there])) == 1


def with_holes(folder, count: int, clear: int):
    """A folder of grey pictures, the first `clear` of which are transparent in their upper half."""
    fill(folder, count)
    for k in range(clear):
        alpha = np.full((16, 16), 255, np.uint8)
        alpha[:8] = 100 * k
        pixels = np.dstack([np.roll(GREY, k, 0)] * 3 + [alpha])
        (folder / f"{k:03}.png").write_bytes(written(pixels, "PNG"))
    return folder


def test_pictures_with_transparent_pixels_are_counted_and_no_verb_takes_them_for_holes(tmp_path):
    data = genwright.load_data(with_holes(tmp_path / "few", 12, 2))
    assert "2 of 12 images have transparent pixels, which lie on white" in str(data)
    assert (np.asarray(read_folder(tmp_path / "few").pictures)[0, :8] == 255).all()
    read = read_items(tmp_path / "few", data.domain)
    assert read.known is None and read.opaque.shape == (12, 16, 16)
    assert not read.opaque[:2, :8].any() and read.opaque[:2, 8:].all() and read.opaque[2:].all()
    assert "transparent" not in str(genwright.load_data(fill(tmp_path / "none", 12)))
    assert "1 of 12 images has transparent" in str(genwright.load_data(with_holes(tmp_path / "one", 12, 1)))


def test_each_file_is_opened_once_for_a_model_that_knows_its_size(tmp_path, monkeypatch):
    folder, opened, usual = with_holes(tmp_path / "pets", 12, 2), [], Image.open
    domain = genwright.load_data(folder).domain
    (tmp_path / "mask.png").write_bytes(written(np.full((16, 16), 255, np.uint8), "PNG"))
    monkeypatch.setattr(Image, "open", lambda *of, **named: opened.append(of) or usual(*of, **named))
    read_items(folder, domain)
    assert len(opened) == 12
    read = read_items(folder / "000.png", domain, mask=tmp_path / "mask.png")
    assert len(opened) == 12 + 1 + 2 and read.opaque.sum() == 8 * 16  # the mask has its size looked at first


def test_a_mask_is_of_the_size_of_a_picture_that_was_turned(tmp_path):
    domain = genwright.load_data(fill(tmp_path / "pets", 12)).domain
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    (tmp_path / "a.jpg").write_bytes(written(np.zeros((400, 200), np.uint8), "JPEG", exif=exif))
    mask = lambda *size: (tmp_path / "mask.png").write_bytes(written(np.zeros(size, np.uint8), "PNG"))
    mask(200, 400)
    assert not read_items(tmp_path / "a.jpg", domain, mask=tmp_path / "mask.png").opaque.any()
    mask(400, 200)
    with pytest.raises(DataError):
        read_items(tmp_path / "a.jpg", domain, mask=tmp_path / "mask.png")


@pytest.mark.parametrize("name, kind", [("a.gif", "GIF"), ("a.webp", "WEBP"), ("a.tiff", "TIFF"), ("a.png", "PNG")])
def test_of_several_frames_the_first_is_taken_and_said(tmp_path, name, kind):
    first, second = (Image.fromarray(np.full((16, 16), value, np.uint8)) for value in (40, 200))
    options = {"lossless": True} if kind == "WEBP" else {}
    first.save(tmp_path / name, kind, save_all=True, append_images=[second], **options)
    found = read_folder(tmp_path)
    assert (found.pictures == 40).all() and found.account.sentences() == [
        "1 file of several frames: only the first of each is used"
    ]


@pytest.mark.parametrize("dtype, scale", [(np.uint16, 257), (np.uint16, 3), (np.float32, 1 / 255), (np.int32, 10**5)])
def test_more_than_eight_bits_become_256_levels_over_the_range_of_the_data(tmp_path, dtype, scale):
    (tmp_path / "a.tif").write_bytes(written((GREY * np.float64(scale)).astype(dtype), "TIFF"))
    found = read_folder(tmp_path)
    pixels, (black, white) = found.pictures[0, ..., 0].astype(int), found.brightness
    assert np.abs(pixels - np.clip((GREY * float(scale) - black) / (white - black) * 255, 0, 255)).max() <= 1
    assert pixels.min() <= 3 and pixels.max() >= 252
    assert scale != 257 or (pixels == GREY).all()  # 8 bits that were saved as 16


@pytest.mark.parametrize("kind, name", [("WEBP", "x_webp"), ("GIF", "x_gif"), ("TIFF", "x_tif"), ("BMP", "x_bmp")])
def test_a_damaged_file_among_many_is_named_and_skipped(tmp_path, kind, name):
    whole = written(COLOUR, kind)
    with pytest.warns(UserWarning, match=f"1 damaged image of 40 .* the first of them since .*{name[:1]}.{name[2:]}"):
        found = read_folder(fill(tmp_path / "pets", 40, **{name: whole[: len(whole) // 2]}))
    assert len(found.pictures) == 39 and any(
        "1 of 40 images left out (damaged)" in note for note in found.account.sentences()
    )


def test_labels_stay_with_their_pictures_where_one_is_skipped(tmp_path):
    for label, value in (("cat", 40), ("dog", 200)):
        fill(tmp_path / label, 20)
        for path in (tmp_path / label).iterdir():
            Image.fromarray(np.full((16, 16), value, np.uint8)).save(path)
    (tmp_path / "cat" / "003.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.warns(UserWarning, match="1 damaged image of 40"):
        data = genwright.load_data(tmp_path)
    assert "1 of 40 images left out (damaged)" in " ".join(data.describe())
    for part in data.items.values():
        assert ((np.asarray(part)[:, 0, 0, 0] == 40) == (part.given["label"] == "cat")).all()


def test_one_in_twenty_may_be_damaged_and_more_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="2 damaged images of 40"):
        assert len(read_folder(fill(tmp_path / "few", 40, y_png=b"", z_png=b"GIF89a")).pictures) == 38
    with pytest.raises(DataError):
        read_folder(fill(tmp_path / "many", 40, x_png=b"", y_png=b"", z_png=b""))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError):
            read_folder(fill(tmp_path / "one", 12, x_png=b""))


ENDED = {
    "a.gif": ("GIF", {}), "a.jp2": ("JPEG2000", {}), "a.j2k": ("JPEG2000", {"no_jp2": True}), "a.png": ("PNG", {}),
    "a.jpg": ("JPEG", {}), "a.webp": ("WEBP", {}), "a.tif": ("TIFF", {}), "a.bmp": ("BMP", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDED)
def test_wherever_an_image_is_cut_none_of_its_pixels_is_lost(name, tmp_path):
    kind, options = ENDED[name]
    picture = COLOUR[..., 0] if kind == "GIF" else COLOUR
    frames = {"save_all": True, "append_images": [Image.fromarray(255 - picture)] * 2} if kind == "GIF" else {}
    whole, path = written(picture, kind, **options, **frames), tmp_path / name
    path.write_bytes(whole)
    right = _frames_of(path)
    for end in range(len(whole) // 6, len(whole), 4):
        path.write_bytes(whole[:end])
        with suppress(DataError):
            assert np.array_equal(_frames_of(path), right), end


def _frames_of(path) -> np.ndarray:
    with opened(path) as image:
        pages = []
        for number in range(count_pages(image)):
            image.seek(number)
            pages.append(decode_page(image, path, 16, 8).pixels)
        return np.stack(pages)


def test_heic_is_told_by_its_content_and_opened_by_its_package(tmp_path, monkeypatch):
    """The package is not installed with the others, as its wheel holds a GPL library: a stand-in opens the file."""
    plugin = ModuleType("pillow_heif.as_plugin")
    plugin.HeifImageFile = lambda raw, name: Image.open(io.BytesIO(written(COLOUR, "PNG")))
    package = ModuleType("pillow_heif")
    package.__spec__ = ModuleSpec("pillow_heif", None)
    monkeypatch.setitem(sys.modules, "pillow_heif.as_plugin", plugin)
    monkeypatch.setitem(sys.modules, "pillow_heif", package)
    (tmp_path / "a.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    assert (read_folder(tmp_path).pictures[0] == COLOUR).all()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(DataError, match=r"genwright\[heic\]"):
        read_folder(tmp_path)
