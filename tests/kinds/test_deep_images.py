# Tests kinds/formats/images/depth.py
"""Images of more than 8 bits: their range is the data set's own, said, kept with the run and named where a person
wishes. DICOM in every form that pydicom reads."""

import json
import struct
import zlib

import numpy as np
import pytest
from other_forms import dicom
from PIL import Image

import genwright
from genwright.cli.commands import main
from genwright.core.errors import DataError, GenwrightError
from genwright.kinds.formats.images.picture_files import read_folder
from genwright.kinds.images.domain import Images
from genwright.kinds.load import read_items

RNG = np.random.default_rng(0)
DEEP = (20_000 + 1_200 * RNG.random((24, 16, 16))).astype(np.uint16)


def save_deep(folder, suffix: str = ".tif"):
    folder.mkdir()
    for k, values in enumerate(DEEP):
        Image.fromarray(values).save(folder / f"{k:02}{suffix}")
    return folder


@pytest.mark.parametrize("suffix", [".tif", ".png", ".pgm", ".jp2"])
def test_a_narrow_range_keeps_its_contrast(tmp_path, suffix):
    found = read_folder(save_deep(tmp_path / "deep", suffix))
    assert found.pictures.std() > 60 and 20_000 <= found.brightness.black < found.brightness.white <= 21_200
    back = found.brightness.values(found.pictures[..., 0])
    inside = (found.brightness.black <= DEEP) & (found.brightness.white >= DEEP)
    assert np.abs(back - DEEP)[inside].max() < 1_200 / 255


def save_colours(path, values: np.ndarray) -> None:
    """(H, W, 3 or 4) uint16 as a PNG of 16 bits a colour, which Pillow does not write."""
    height, width, channels = values.shape
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in values)
    head = struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    part = lambda name, body: struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")
    )


@pytest.mark.parametrize("transparent", [False, True])
def test_colours_of_16_bits_keep_a_narrow_range(tmp_path, transparent):
    deep = (20_000 + 1_200 * RNG.random((12, 16, 16, 3))).astype(np.uint16)
    (tmp_path / "deep").mkdir()
    for k, values in enumerate(deep):
        alpha = np.full((16, 16, int(transparent)), 65_535, np.uint16)
        save_colours(tmp_path / f"deep/{k:02}.png", np.concatenate([values, alpha], -1))
    found = read_folder(tmp_path / "deep")
    back = found.brightness.values(found.pictures)
    inside = (found.brightness.black <= deep) & (found.brightness.white >= deep)
    assert found.pictures.shape == deep.shape and np.abs(back - deep)[inside].max() < 1_200 / 255


@pytest.mark.parametrize("door", ["folder", "pages", "npy", "npz", "memory", "pair"])
def test_every_door_takes_the_range_that_a_person_names(tmp_path, door):
    np.save(tmp_path / "x.npy", DEEP)
    np.savez(tmp_path / "x.npz", x=DEEP)
    pages = list(map(Image.fromarray, DEEP))
    pages[0].save(tmp_path / "x.tif", save_all=True, append_images=pages[1:])
    source = {
        "folder": save_deep(tmp_path / "deep"), "pages": tmp_path / "x.tif", "npy": tmp_path / "x.npy",
        "npz": tmp_path / "x.npz", "memory": DEEP, "pair": (DEEP, np.arange(24) % 2),
    }[door]  # fmt: skip
    data = genwright.load_data(source, range=(0, 65_535))
    pixels = np.concatenate([np.asarray(part) for part in data.items.values()])
    assert data.domain.brightness == (0, 65_535) and 77 <= pixels.min() <= pixels.max() <= 83
    assert np.ptp(np.concatenate([np.asarray(x) for x in genwright.load_data(source).items.values()])) == 255
    record = json.loads(json.dumps(data.domain.to_json()))
    assert Images.from_json(record).brightness == data.domain.brightness


@pytest.mark.parametrize("pair", [(1, 1), (2, 1), (0, np.inf), (1,), ("a", "b")])
def test_a_range_is_two_numbers_in_order(pair):
    with pytest.raises(GenwrightError):
        genwright.load_data(DEEP, range=pair)


def test_a_model_reads_items_in_the_range_of_its_training_data(tmp_path):
    domain = genwright.load_data(save_deep(tmp_path / "deep")).domain
    (tmp_path / "few").mkdir()
    dark = np.full((16, 16), int(domain.brightness.black), np.uint16)
    Image.fromarray(dark).save(tmp_path / "few" / "dark.tif")
    assert np.asarray(read_items(tmp_path / "few", domain).items).max() == 0
    assert np.asarray(read_items(tmp_path / "few" / "dark.tif", domain).items).max() == 0
    assert domain.encode(dark[None])[0].max() == 0
    domain.write(np.zeros((2, 16, 16, 1), np.uint8), tmp_path / "out.npz")
    assert np.load(tmp_path / "out.npz")["range"] == pytest.approx(domain.brightness)


def test_the_command_line_takes_two_numbers(tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        main(["describe", str(save_deep(tmp_path / "deep")), "--range", "-1000", "65535"])
    assert not end.value.code and "-1,000 is black" in " ".join(capsys.readouterr().out.split())


# ---------------------------------------------------------------------- DICOM


def save_dicom(folder, make, count: int = 12):
    pytest.importorskip("pydicom")
    folder.mkdir()
    for k in range(count):
        make(DEEP[k] - 20_000).save_as(folder / f"{k:02}.dcm", enforce_file_format=True)
    return folder


RESCALED = {"RescaleSlope": 2, "RescaleIntercept": -1024}
COLOUR = lambda values: np.dstack([values // 8, values // 16, values // 32]).astype(np.uint8)


@pytest.mark.parametrize(
    "make, channels",
    [
        (lambda values: dicom(values, **RESCALED), 1),
        (lambda values: dicom(values.astype(np.int16) - 600, **RESCALED), 1),
        (lambda values: dicom(values, syntax="RLELossless"), 1),
        (lambda values: dicom(values, syntax="JPEG2000Lossless"), 1),
        (lambda values: dicom((values // 8).astype(np.uint8), syntax="JPEGBaseline8Bit"), 1),
        (lambda values: dicom(COLOUR(values), "RGB"), 3),
        (lambda values: dicom(COLOUR(values), "RGB", syntax="RLELossless"), 3),
        (lambda values: dicom((values // 8).astype(np.uint8)), 1),
    ],
)
def test_dicom_is_read_in_every_form(tmp_path, make, channels):
    found = read_folder(save_dicom(tmp_path / "scans", make))
    assert found.pictures.shape == (12, 16, 16, channels) and found.pictures.std() > 30
    want = np.concatenate([values.ravel() for values in DEEP[:12].astype(float)])
    assert np.corrcoef(want, found.pictures[..., 0].ravel())[0, 1] > 0.98


def test_values_are_rescaled_and_negatives_turned(tmp_path):
    plain = read_folder(save_dicom(tmp_path / "a", lambda values: dicom(values, **RESCALED)))
    turned = read_folder(save_dicom(tmp_path / "b", lambda values: dicom(values, "MONOCHROME1", **RESCALED)))
    assert -1024 <= plain.brightness.black < plain.brightness.white <= 2 * 1_200 - 1024
    assert (turned.pictures == 255 - plain.pictures).all()


def test_files_without_a_suffix_are_told_by_their_content(tmp_path):
    folder = save_dicom(tmp_path / "scans", lambda values: dicom(values))
    whole = read_folder(folder)
    for file in list(folder.iterdir()):
        file.rename(folder / f"1.2.840.{file.stem}")
    (folder / "DICOMDIR").write_bytes(b"no image")
    assert (read_folder(folder).pictures == whole.pictures).all()


def test_one_file_of_many_frames_is_many_images(tmp_path):
    pytest.importorskip("pydicom")
    dicom(DEEP, frames=24).save_as(tmp_path / "cine.dcm", enforce_file_format=True)
    data = genwright.load_data(tmp_path / "cine.dcm")
    assert sum(data.sizes.values()) == 24 and data.domain.spec.shape == (1, 16, 16)
    dicom(DEEP[0]).save_as(tmp_path / "one.dcm", enforce_file_format=True)
    with pytest.raises(DataError):
        genwright.load_data(tmp_path / "one.dcm")


def test_what_is_no_image_or_too_large_is_refused_before_it_is_read(tmp_path):
    def vast(values):
        made = dicom(values)
        made.Rows = made.Columns = 60_000
        return made

    def report(values):
        made = dicom(values)
        del made.Rows, made.PixelData
        return made

    for name, make in (("vast", vast), ("report", report)):
        with pytest.raises(DataError, match=f"{name}/00.dcm"):
            read_folder(save_dicom(tmp_path / name, make))
