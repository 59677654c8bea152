"""Small data in forms of other libraries, each with the files that the fuzz loop damages."""

import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

N = 24
Content = str | bytes | Callable[[Path], None]


class Form(NamedTuple):
    """source: what is read, a file or a folder among the files. damaged: {file: how}, as of a `Target`. kind: of data
    that it holds, and how many items. needs: a package that its reader needs."""

    name: str
    source: str
    files: dict[str, Content]
    damaged: dict[str, str]
    kind: str
    items: int = N
    needs: str = ""
    options: str = ""


def _folder(suffix: str, kind: str, content: Callable[[int], Content], needs: str = "", damage: str = "bytes") -> Form:
    files = {f"set/{k:02}{suffix}": content(k) for k in range(N)}
    return Form(suffix[1:], "set", files, {f"set/03{suffix}": damage}, kind, needs=needs)


def _picture(k: int, deep: bool = False) -> np.ndarray:
    values = np.random.default_rng(k).integers(0, 4096 if deep else 256, (12, 12) if deep else (12, 12, 3))
    return values.astype(np.uint16 if deep else np.uint8)


def _saved(k: int, kind: str, deep: bool = False, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(_picture(k, deep)).save(file, kind, **options)
    return file.getvalue()


def _heic(k: int) -> Content:
    def save(path: Path) -> None:
        from pillow_heif import from_pillow

        from_pillow(Image.fromarray(_picture(k))).save(path)

    return save


def _dicom(k: int) -> Content:
    def save(path: Path) -> None:
        dicom(_picture(k, True), RescaleSlope=2, RescaleIntercept=-1024).save_as(path, enforce_file_format=True)

    return save


def dicom(values: np.ndarray, photometric: str = "MONOCHROME2", frames: int = 0, syntax: str = "", **told):
    """A pydicom dataset of (H, W), (frames, H, W) or (H, W, 3) values. syntax: "" for no compression."""
    import pydicom

    made = pydicom.Dataset()
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    rows = values.shape[1:] if frames else values.shape
    made.Rows, made.Columns, made.SamplesPerPixel = *rows[:2], 3 if len(rows) == 3 else 1
    bits = 8 * values.dtype.itemsize
    made.BitsAllocated, made.BitsStored, made.HighBit = bits, bits, bits - 1
    made.PixelRepresentation, made.PhotometricInterpretation = int(values.dtype.kind == "i"), photometric
    if made.SamplesPerPixel == 3:
        made.PlanarConfiguration = 0
    if frames:
        made.NumberOfFrames = frames
    for name, value in told.items():
        setattr(made, name, value)
    made.PixelData = values.tobytes()
    if syntax == "RLELossless":
        made.compress(pydicom.uid.RLELossless)
    elif syntax:
        file = io.BytesIO()
        options = {"no_jp2": True} if "2000" in syntax else {"quality": 95}
        Image.fromarray(values).save(file, "JPEG2000" if "2000" in syntax else "JPEG", **options)
        made.PixelData = pydicom.encaps.encapsulate([file.getvalue()])
        made["PixelData"].is_undefined_length = True
        made.file_meta.TransferSyntaxUID = getattr(pydicom.uid, syntax)
    return made


def _stack(deep: bool) -> Content:
    def save(path: Path) -> None:
        first, *others = (Image.fromarray(_picture(k, deep)) for k in range(N))
        first.save(path, save_all=True, append_images=others)

    return save


IMAGES = [
    *(
        _folder(suffix, "images", lambda k, kind=kind: _saved(k, kind))
        for suffix, kind in {
            ".ppm": "PPM", ".tga": "TGA", ".jp2": "JPEG2000", ".avif": "AVIF", ".pcx": "PCX", ".sgi": "SGI",
            ".dib": "DIB", ".qoi": "QOI",
        }.items()
    ),
    _folder(".pgm", "images", lambda k: _saved(k, "PPM", True)),
    _folder(".j2k", "images", lambda k: _saved(k, "JPEG2000", True, no_jp2=True)),
    _folder(".heic", "images", _heic, "pillow_heif"),
    _folder(".dcm", "images", _dicom, "pydicom"),
    Form("pages", "x.tif", {"x.tif": _stack(True)}, {"x.tif": "bytes"}, "images"),
    Form("frames", "x.webp", {"x.webp": _stack(False)}, {"x.webp": "bytes"}, "images"),
]  # fmt: skip
FORMS = [form for form in IMAGES if not form.needs or find_spec(form.needs)]


def put_form(form: Form, place: Path) -> Path:
    """Write the files of a form below a folder; returns its source."""
    for name, content in form.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content(path) if callable(content) else path.write_bytes(
            content.encode() if isinstance(content, str) else content
        )
    return place / form.source
