"""Photographs: reading thousands of large files, a codec to start from, made scenes, textures, and few specimens."""

from __future__ import annotations

import io
import os
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from bars import Plan, Run, benchmark, plans
from common import Result, run_command, se_of
from made_scenes import made_scenes, made_specimens
from PIL import Image

import genwright
from genwright.measure.feature_net import load_features
from genwright.measure.metrics.classifiers import boosted_trees, two_sample_auc
from genwright.measure.metrics.distances import frechet
from genwright.studies.report.picks import picks
from genwright.studies.report.results import find, read

SIDE, SMALL = 256, 32  # pixels of an image, and of what is enlarged
HELD_OUT = (  # photographs of packages that the shipped codec never saw
    ("skimage", "data/chelsea.png"), ("sklearn", "datasets/images/china.jpg"),
    ("sklearn", "datasets/images/flower.jpg"), ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
)  # fmt: skip
TEXTURE = "skimage", "data/gravel.png"  # 512 x 512
CODE_LEVELS, CODE_REACH = 256, 4.0  # codes are rounded to so many levels between -REACH and REACH: a byte each
READING: dict[str, Plan] = plans(
    {"minutes": ("5,000 photographs of 12 megapixels (100 files, 50 links each) read at 128 x 128",
                 "CPU seconds over two cores", "<= 8 min"),
     "memory": ("the same, peak memory of the reader and of its processes together", "resident memory",
                "<= 1536 MiB")},
    system="M5", data="made photographs", split="all", seeds=(0,), budget="none",
)  # fmt: skip
CODEC: dict[str, Plan] = plans(
    {of: (f"shipped:codec tuned on 2,000 made scenes of 256 x 256, on {what}: PSNR over bicubic from 32 x 32",
          "dB, mean over images", ">= 3 dB", {"sides": ("codec", "bicubic", "JPEG of equal bits")})
     for of, what in (("scenes", "held-out scenes"), ("photographs", "held-out photographs of packages"))},
    system="M5", data="made scenes", split="test", seeds=(0,), budget="3,000 items: about four minutes of one core",
)  # fmt: skip
SCENES: Plan = plans(
    {"near": ("made scenes of 128 x 128: Frechet distance of latent diffusion over that of flow matching at 32 x 32, "
              "enlarged", "ratio, features of the whole and of tiles", "<= 0.5", {"sides": ("codes", "enlarged")})},
    system="M5", data="made scenes", split="test", seeds=(0,),
    budget="20,000 items each: about five minutes of one core, and two",
)["near"]  # fmt: skip
TEXTURES: dict[str, Plan] = plans(
    {family: (f"canvases of 256 x 256 from one photograph of 512 x 512, {called}: a judge of patches of 32 x 32",
              "AUC out of fold", "<= 0.75")
     for family, called in (("quilting", "quilting, which copies"), ("flow-matching", "flow matching on windows"))},
    system="M5", data="gravel (scikit-image)", split="all", seeds=(0,),
    budget="quilting none; 40,000 items: about four minutes of one core",
)  # fmt: skip
SPECIMENS: Plan = plans(
    {"page": ("150 made specimens: families picked for samples whose samples are unlike every image, or copies",
              "count", "<= 0")},
    system="M5", data="made specimens", split="test", seeds=(0,), budget="7 minutes of training, 15 with measuring",
)["page"]  # fmt: skip


@benchmark(plans=("READING",), tiny={"count": 2, "links": 6})
def photographs_reading(run: Run, count: int = 100, links: int = 50) -> Result:
    """Reading thousands of photographs of 12 megapixels: CPU seconds and memory, in a process of its own."""
    with run.fresh() as folder:
        for k in range(count):
            make_photograph(folder / f"{k:03}-00.jpg", k)
            for other in range(1, links):
                os.link(folder / f"{k:03}-00.jpg", folder / f"{k:03}-{other:02}.jpg")
        took = run_command(("describe", folder, "--side", 128), cores=2)
    rows = [READING["minutes"].row(took["processor"] / 2 / 60, digits=2), READING["memory"].row(took["MiB"], digits=0)]
    return rows, took | {"files": count * links}


def make_photograph(path: Path, seed: int) -> None:
    """A JPEG of 4000 x 3000 pixels with detail at every scale, as a telephone takes it."""
    rng, scene = np.random.default_rng(seed), Image.fromarray(made_scenes(1, 200, seed)[0])
    large = np.asarray(scene.resize((4_000, 3_000), Image.Resampling.BICUBIC), np.int16)
    grain = rng.integers(-12, 13, (1_500, 2_000, 1), dtype=np.int16).repeat(2, 0).repeat(2, 1)
    Image.fromarray((large + grain).clip(0, 255).astype(np.uint8)).save(path, quality=90)


@benchmark(plans=("CODEC",), peer="scikit-image", tiny={"train": 16, "test": 4})
def photographs_codec(run: Run, train: int = 2_000, test: int = 80, items: int = 3_000) -> Result:
    """The shipped codec, tuned to made scenes: how near it comes to images that it never saw."""
    data = genwright.load_data(kept_scenes(run, train, SIDE, 11), side=SIDE)
    alone = {"share": 0.95, "width": 8, "blocks": 1, "batch": 8}
    model = run.fit(data, "latent-diffusion", "codec", codec="shipped:codec", hyperparameters=alone, items=items)
    rows, details = [], {}
    for of, images in (("scenes", kept_scenes(run, test, SIDE, 12)), ("photographs", held_out_crops())):
        ways = {"codec": partial(through_codec, model), "bicubic": enlarge, "JPEG of equal bits": as_jpeg}
        found = {way: decibels(pictures(images), images) for way, pictures in ways.items()}
        gain, sides = found["codec"] - found["bicubic"], {way: float(values.mean()) for way, values in found.items()}
        rows.append(CODEC[of].row(float(gain.mean()), se_of(gain), 2, **sides))
        details[of] = sides | {"images": len(images)}
    return rows, details | {"items": items, "scenes": train}


def kept_scenes(run: Run, count: int, side: int, seed: int) -> np.ndarray:
    """Made scenes (count, side, side, 3) uint8, from the folder of the run where it has them: they take minutes."""
    path = run.folder / f"scenes-{count}-{side}-{seed}.npy"
    if not path.exists():
        np.save(path, made_scenes(count, side, seed))
    return np.load(path)


def held_out_crops() -> np.ndarray:
    """(n, 256, 256, 3): corners and middle of each held-out photograph."""
    crops = []
    for package, name in HELD_OUT:
        with Image.open(io.BytesIO(files(package).joinpath(name).read_bytes())) as opened:
            image = np.asarray(opened.convert("RGB"))
        down, right = image.shape[0] - SIDE, image.shape[1] - SIDE
        for top, left in ((0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)):
            crops.append(image[top : top + SIDE, left : left + SIDE])
    return np.stack(crops)


def through_codec(model, images: np.ndarray) -> np.ndarray:
    """Images through the codec, whose codes are rounded to a byte each."""
    codec, step = model.family.codec, 2 * CODE_REACH / (CODE_LEVELS - 1)
    back = []
    with torch.no_grad():
        for part in torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).split(8):
            codes = codec.encode(part).clamp(-CODE_REACH, CODE_REACH)
            back.append(codec.point_estimate((codes / step).round() * step).clamp(0, 255))
    return torch.cat(back).numpy().transpose(0, 2, 3, 1)


def enlarge(images: np.ndarray, small: int = SMALL) -> np.ndarray:
    """Images made small and enlarged again, both by bicubic interpolation."""
    side = images.shape[1]
    way = lambda image, size: image.resize((size, size), Image.Resampling.BICUBIC)
    return np.stack([np.asarray(way(way(Image.fromarray(image), small), side)) for image in images])


def as_jpeg(images: np.ndarray) -> np.ndarray:
    """Images as JPEG of the best quality that takes no more bytes than the codes: 4 for each 8 x 8 pixels."""
    most, back = 4 * (images.shape[1] // 8) ** 2, []
    for image in images:
        for quality in range(95, 0, -1):
            file = io.BytesIO()
            Image.fromarray(image).save(file, "JPEG", quality=quality)
            if file.tell() <= most:
                break
        back.append(np.asarray(Image.open(file)))
    return np.stack(back)


def decibels(pictures: np.ndarray, originals: np.ndarray) -> np.ndarray:
    """(n,) peak signal to noise."""
    error = np.square(pictures.astype(float) - originals).mean((1, 2, 3))
    return 10 * np.log10(255**2 / np.maximum(error, 1e-6))


@benchmark(plans=("SCENES",), tiny={"train": 32, "drawn": 8})
def photographs_scenes(run: Run, train: int = 2_000, drawn: int = 1_000, items: int = 20_000) -> Result:
    """Made scenes of 128 x 128: latent diffusion with the shipped codec, beside flow matching at 32 x 32, enlarged."""
    scenes, test = kept_scenes(run, train, 128, 21), kept_scenes(run, drawn, 128, 22)
    large = genwright.load_data(scenes, side=128)
    codes = run.fit(large, "latent-diffusion", "codes", codec="shipped:codec", items=items)
    pixels = run.fit(genwright.load_data(scenes, side=SMALL), "flow-matching", "pixels", items=items)
    features = load_features(3, 128)
    seen = lambda images: features(torch.from_numpy(np.array(images)).permute(0, 3, 1, 2) / 255)
    small = np.asarray(pixels.sample(drawn, seed=0))
    resized = np.stack(
        [np.asarray(Image.fromarray(image).resize((128, 128), Image.Resampling.BICUBIC)) for image in small]
    )
    real = seen(test)
    sides = {"codes": seen(codes.sample(drawn, seed=0)), "enlarged": seen(resized)}
    sides = {way: float(frechet(real, found)) for way, found in sides.items()}
    return [SCENES.row(sides["codes"] / sides["enlarged"], **sides)], {"features": features.reference, "items": items}


@benchmark(plans=("TEXTURES",), peer="scikit-image", tiny={"canvases": 1})
def photographs_textures(run: Run, canvases: int = 4, items: int = 40_000) -> Result:
    """Canvases of 256 x 256 from one photograph of a texture: a judge tells their patches from those of the photo."""
    package, name = TEXTURE
    with run.fresh() as folder:
        (folder / "texture.png").write_bytes(files(package).joinpath(name).read_bytes())
        photo = np.asarray(Image.open(folder / "texture.png"))[..., None]
        rows, details = [], {}
        for family, tile, budget in (("quilting", 128, {}), ("flow-matching", 32, {"items": items})):
            model = run.fit(genwright.load_data(folder / "texture.png", tiles=tile), family, family, **budget)
            drawn = np.asarray(model.sample(canvases, seed=0, canvas=256))
            area = judge_patches(photo[None], drawn)
            rows.append(TEXTURES[family].row(area.value, area.se, 3))
            details[family] = {"tiles": tile, **budget}
            Image.fromarray(np.concatenate(list(drawn[:2, ..., 0]), 1)).save(run.folder / f"{family}.png")
    return rows, details


def judge_patches(real: np.ndarray, made: np.ndarray, side: int = SMALL):
    """The AUC, out of fold, of trees that tell patches of images by their features and their spectrum."""
    net = load_features(real.shape[-1])
    cut = lambda x: x[:, : x.shape[1] // side * side, : x.shape[2] // side * side].reshape(
        len(x), x.shape[1] // side, side, x.shape[2] // side, side, -1
    ).swapaxes(2, 3).reshape(-1, side, side, x.shape[-1])  # fmt: skip
    patches = np.concatenate([cut(real), cut(made)])
    fake = np.repeat([0, 1], [len(cut(real)), len(cut(made))])
    x = torch.from_numpy(patches).permute(0, 3, 1, 2) / 255
    spectrum = np.log1p(np.abs(np.fft.rfft2(x.mean(1).numpy()))).reshape(len(x), -1)
    told = np.concatenate([net(x), spectrum], 1)
    return two_sample_auc(told, fake, boosted_trees(told), 0)


@benchmark(plans=("SPECIMENS",), tiny={"minutes": 0.1})
def photographs_specimens(run: Run, minutes: float = 7.0) -> Result:
    """150 made specimens of 400 pixels: what the page of a comparison recommends."""
    with run.fresh() as folder:
        for k, image in enumerate(made_specimens(150, 400, 31)):
            Image.fromarray(image).save(folder / f"{k:03}.png")
        genwright.compare(folder, minutes=minutes, out=run.begin("compare"))
    results = read(run.folder / "compare")
    picked = [pick.family for pick in picks(results) if pick.criterion == "samples" and pick.family]
    found = {family: find(results, family).metrics for family in picked}
    bad = [
        family for family, own in found.items() if own["unlike"]["value"] > 0.5 or own["memorisation"]["value"] < 0.5
    ]
    return [SPECIMENS.row(len(bad), digits=0)], {"picked": picked}
