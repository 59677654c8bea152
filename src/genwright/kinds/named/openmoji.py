"""OpenMoji (HfG Schwaebisch Gmuend): emoji in colour with their names, by group."""

import io
import zipfile

import numpy as np
import pandas as pd
from PIL import Image

from ...core.seeds import seed_of
from ..images.pictures import LARGEST
from ..raw import Raw
from ..sequences.domain import line_keys
from ..splits import split_groups
from .download import File, content

PICTURES = File(
    "openmoji/openmoji-72x72-color.zip", "2e686265d1cd9b0f6eb99e398fb14ccee9a9fd2aa82a4370d6096745461b56d8", ()
)
TABLE = File("openmoji/openmoji.csv.gz", "ba0e22f987812fb5fc54e4bb462c9c6d619e554c4f0e11808e723a276f2123ae", ())


TONES = {
    "1": "light",
    "2": "medium-light",
    "3": "medium",
    "4": "medium-dark",
    "5": "dark",
}  # by their number in the table


def openmoji(seed: int) -> Raw:
    """4,147 pictures on white, brought from 72 x 72 to 64 x 64 pixels, the largest that models are built for. Labels
    are groups, captions names: "waving hand: light skin tone". All skin tones of an emoji are in one part."""
    table = _table()
    base = table["skintone_base_hexcode"].where(table["skintone_base_hexcode"] != "", table["hexcode"])
    parts = np.asarray(split_groups(line_keys(base), seed, "skintone_base_hexcode"))
    note = "brought from 72 x 72 to 64 x 64; all skin tones of an emoji are in one part"
    return _raw("openmoji", table, table["group"], parts, note)


def openmoji_tones(seed: int) -> Raw:
    """1,525 of these pictures: 305 emoji in five skin tones, which are the labels. The test part holds one tone of each
    emoji, each tone equally often, so that training sees every emoji and every tone."""
    table = _table()
    table = table[table["skintone"].isin(list(TONES))]
    bases, base = np.unique(table["skintone_base_hexcode"], return_inverse=True)
    rng = np.random.default_rng(seed_of("openmoji-tones", seed))
    held_out = rng.permutation(len(bases)) % len(TONES)
    parts = np.where(table["skintone"].astype(int) - 1 == held_out[base], "test", "")
    note = "brought from 72 x 72 to 64 x 64; the test part holds one skin tone of each emoji"
    return _raw("openmoji-tones", table, table["skintone"].map(TONES), parts, note)


def _table() -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content(TABLE)), keep_default_na=False, dtype=str)


def _raw(name: str, table: pd.DataFrame, labels: pd.Series, parts: np.ndarray, note: str) -> Raw:
    with zipfile.ZipFile(io.BytesIO(content(PICTURES))) as archive:
        pictures = np.stack([_picture(archive.read(f"{code}.png")) for code in table["hexcode"]])
    captions = table["annotation"].to_numpy(object)
    return Raw("images", name, pictures, labels.to_numpy(str), None, parts, notes=[note], captions=captions)


def _picture(png: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(png), formats=["PNG"]).convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return np.asarray(flat.resize((LARGEST, LARGEST), Image.Resampling.BICUBIC))
