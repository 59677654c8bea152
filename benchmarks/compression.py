"""Lossless compression: the bytes of models beside -log2 p and beside the coders that everybody has, on the same items.

    pip install imagecodecs==2026.3.6          (WebP, JPEG-XL, Zstandard; nothing else of the library needs it)
    python benchmarks/compression.py [DATA ...] [--minutes 20] [--items 1000] [--folder runs/compression]

Items are a seeded draw of the test part, without their labels. Of MNIST and Fashion-MNIST the first model codes the
whole test part once more. The first stream of each set is damaged some thousand times: bits turned, its end cut off,
bytes put in and taken out. Rows that are in FOLDER are kept, so a table that was stopped goes on; every run writes the
table of all that are there.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import imagecodecs
import numpy as np
import pandas as pd
from bars import bar, record

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from damaged_bytes import damaged  # noqa: E402

MODELS = {
    "mnist": ("autoregressive", "vae", "integer-flow"),
    "fashion-mnist": ("autoregressive", "vae", "integer-flow"),
    "adult": ("autoregressive", "vae"),
    "tiny-shakespeare": ("autoregressive",),
}
BEST_OLD = {"mnist": 1.38, "fashion-mnist": 3.69}  # bits a pixel of the 10,000: xz in one stream, JPEG-XL of a mosaic
ABOVE = 0.02  # of -log2 p
DAMAGES = 2_500  # of a stream of each set
STREAMS: dict[str, Callable[[bytes], bytes]] = {
    "gzip -9": lambda data: gzip.compress(data, 9, mtime=0),
    "bzip2 -9": lambda data: bz2.compress(data, 9),
    "xz -9e": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
    "zstd -19": lambda data: imagecodecs.zstd_encode(data, 19),
}
PICTURES: dict[str, Callable[[np.ndarray], bytes]] = {
    "PNG": lambda x: imagecodecs.png_encode(x, 9),
    "WebP": lambda x: imagecodecs.webp_encode(np.repeat(x, 3, -1), lossless=True),
    "JPEG-XL": lambda x: imagecodecs.jpegxl_encode(x, lossless=True, effort=5),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="*", default=list(MODELS))
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--folder", type=Path, default=Path("runs/compression"))
    options = parser.parse_args()
    for name in options.data:
        measure(name, options.minutes, options.items, options.folder)
    tables = {name: table for name in MODELS if (table := table_of(name, options.folder))}
    record("compression", bars_of(tables), {"minutes": options.minutes, "data": tables})


def measure(name: str, minutes: float, count: int, folder: Path) -> None:
    """Of some items, and where there is a bar for it of the whole test part by the first model, bytes by coder: a file
    each, kept in the folder."""
    data = genwright.load_data(name)
    pick = np.sort(Draws("compressed").permutation(len(data.test))[:count].numpy())
    parts = {"some": MODELS[name]} | ({"whole": MODELS[name][:1]} if name in BEST_OLD else {})
    for part, families in parts.items():
        items = taken(data.test, pick) if part == "some" else data.test
        keep(folder / f"{name}-{part}.json", lambda: {"items": len(items), "coders": old_coders(items)})
        for family in families:

            def measured() -> dict:
                model = genwright.fit(
                    data, family, minutes=minutes, seed=0, out=folder / f"{name}-{family}", progress=False
                )  # fmt: skip
                found, stream = coded(model, items)
                if part == "some" and family == families[0]:
                    found["damages"] = {"tried": DAMAGES, "refused": refused(model, stream)}
                print(name, part, family, found, flush=True)
                return found

            keep(folder / f"{name}-{part}-{family}.json", measured)


def keep(path: Path, measured: Callable[[], dict]) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(measured(), indent=1) + "\n")


def table_of(name: str, folder: Path) -> dict:
    """{part: items, coders, models by family} of what is kept of a set."""
    found = {}
    for part in ("some", "whole"):
        models = {family: folder / f"{name}-{part}-{family}.json" for family in MODELS[name]}
        models = {family: json.loads(path.read_text()) for family, path in models.items() if path.exists()}
        if models:
            found[part] = json.loads((folder / f"{name}-{part}.json").read_text()) | {"models": models}
    return found


def coded(model: genwright.Model, items) -> tuple[dict, bytes]:
    """Bytes, what -log2 p says (of a bound with one draw of the code), seconds, whether all is back; the stream."""
    began = perf_counter()
    stream = model.compress(items, given={})
    written = perf_counter()
    back = model.decompress(stream)
    read = perf_counter()
    bits = -model.log_prob(items, given={}, draws=1).nats.sum() / np.log(2)
    same = bool((model.domain.keys(back) == model.domain.keys(items)).all())
    weights = sum(4 * p.numel() for p in model.family.parameters())
    seconds = {"writing": written - began, "reading": read - written}
    found = {"bytes": len(stream), "ideal": bits / 8, "seconds": seconds, "same": same, "bytes of weights": weights}
    return found, stream


def refused(model: genwright.Model, stream: bytes) -> int:
    """How many of `DAMAGES` damaged copies of a stream are refused in a sentence, none of them being read."""
    rng, count = np.random.default_rng(0), 0
    for _ in range(DAMAGES):
        try:
            model.decompress(damaged(stream, rng))
        except DataError:
            count += 1
    return count


def taken(items, pick: np.ndarray):
    return items.iloc[pick] if isinstance(items, pd.DataFrame) else items[pick]


def old_coders(items) -> dict[str, int]:
    """Bytes of the same items by each."""
    if isinstance(items, np.ndarray):
        x = np.ascontiguousarray(items)
        side = int(len(x) ** 0.5)
        mosaic = (
            x[: side**2].reshape(side, side, *x.shape[1:]).swapaxes(1, 2).reshape(side * x.shape[1], -1, x.shape[3])
        )
        whole = len(x) / side**2  # a mosaic is square: what is left of it counts as much as the rest
        found = {f"{coder}, a file each": sum(len(encode(one)) for one in x) for coder, encode in PICTURES.items()}
        found |= {f"{coder}, a mosaic": round(whole * len(encode(mosaic))) for coder, encode in PICTURES.items()}
        raw = x.tobytes()
    else:
        raw = (items.to_csv(index=False) if isinstance(items, pd.DataFrame) else "".join(items)).encode()
        found = {}
    return found | {f"{coder}, one stream": len(encode(raw)) for coder, encode in STREAMS.items()} | {"raw": len(raw)}


def bars_of(tables: dict) -> list[dict]:
    bars = []
    for name, parts in tables.items():
        for family, found in parts["some"]["models"].items():
            above, what = found["bytes"] / found["ideal"] - 1, f"{name}, {parts['some']['items']:,} items, {family}"
            met = above <= ABOVE and found["same"]
            bars.append(bar("L5", f"{what}: bytes above -log2 p, all back", f"<= {ABOVE:.0%}", f"{above:.2%}", met))
        if "whole" in parts:
            family, found = next(iter(parts["whole"]["models"].items()))
            old = parts["whole"]["coders"]
            best, pixels = min(old, key=old.get), old["raw"]
            rate = 8 * found["bytes"] / pixels
            what = (
                f"{name}, {parts['whole']['items']:,} items, {family} (best old: {best} {8 * old[best] / pixels:.3f})"
            )
            met = rate < min(BEST_OLD[name], 8 * old[best] / pixels) and found["same"]
            bars.append(bar("L5", what, f"< {BEST_OLD[name]}", round(rate, 4), met, "bits a pixel"))
    first = [next(iter(parts["some"]["models"].values()))["damages"] for parts in tables.values()]
    tried, count = (sum(damages[key] for damages in first) for key in ("tried", "refused"))
    bars.append(bar("L5", f"damaged streams of {', '.join(tables)}, refused", f"{tried:,}", count, count == tried))
    return bars


if __name__ == "__main__":
    main()
