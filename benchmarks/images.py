"""Images: comparisons of families, sampling speed, enlarging, diffusion in codes (rows A to F, L1)."""

from __future__ import annotations

import json
import resource
import sys
import time
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from bars import ROOT, Run, bar, benchmark, judge, plans, summary
from common import Result, in_turns, medians, se_of, suite_features
from jsonschema import validate

import genwright
from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.distributions.heads import CategoricalHead
from genwright.distributions.low_resolution import block_means
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.measure.feature_net import load_features
from genwright.measure.metrics.distances import frechet
from genwright.measure.suites.images import Suite
from genwright.networks.masked_conv import GatedPixelCNN
from genwright.studies.measures import largest_difference, seconds
from genwright.studies.report.records import Row
from genwright.studies.report.results import find, read, schema

sys.path.append(str(ROOT / "tests"))
from made_results import differences  # noqa: E402

LEAST = {  # family: its system, and the share of real accuracy that its samples have to teach
    "vae": ("A2", 0.9), "flow": ("C1", 0.9), "autoregressive": ("D1", 0.9), "flow-matching": ("C2", 0.9),
    "autoencoder": ("A1", 0.85), "gan": ("B1", 0.85), "energy": ("E1", 0.85), "score-matching": ("E2", 0.85),
    "diffusion": ("F1", 0.85),
}  # fmt: skip


def value(model: Row, name: str) -> float:
    return model.metrics[name]["value"]


def harsher(model: Row) -> float:
    """CAS by the harsher of two judges."""
    return min(value(model, "cas_cnn"), value(model, "cas_svc"))


def beats(a: dict, b: dict) -> list[str]:
    """Suite on which metrics a are better than b, the 95% intervals apart; bounds count, estimates of a likelihood do
    not."""
    both = [name for name in ("bits_per_dim", "frechet", "two_sample_auc") if a.get(name) and b.get(name)]  # lower wins
    known = [name for name in both if name != "bits_per_dim" or a[name]["kind"] != "estimate"]
    gain = lambda name: b[name]["value"] - a[name]["value"]
    return [name for name in known if gain(name) > 1.96 * (a[name]["se"] + b[name]["se"])]


@benchmark(tiny={"minutes": 0.2})
def digits(run: Run, minutes: float = 5.0, no_replay: bool = False) -> Result:
    """The main job on scikit-learn's digits: wall clock, memory, quality of every family, replay.

    A comparison that stands in the folder is judged as it is, without a wall clock.
    """
    first, start = run.begin("first"), time.monotonic()
    stands = (first / "results.json").exists()
    genwright.compare("digits", minutes=minutes, out=first)
    wall, results = time.monotonic() - start, read(first / "results.json")
    models = {model.family: model for model in results.models}
    gaussian, copy = (find(results, name) for name in ("class-gaussian", "bootstrap"))
    memory, rows = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, []  # of the whole process
    if not stands:
        rows.append(bar("L1", "compare digits, wall clock", "well under 540 s", round(wall), wall < 510, "s"))
        rows.append(judge("L1", "compare digits, peak memory", "<= 4096 MiB", round(memory), unit="MiB"))
    rows.append(judge("L1", "bootstrap caught by memorisation", "< 0.85", value(copy, "memorisation")))
    worst = {family: harsher(model) for family, model in models.items()}
    best = max(worst, key=worst.get)
    rows.append(judge("L1", f"best family, CAS by the harsher judge ({best})", ">= 0.98 of real", worst[best], 4))
    for family, score in worst.items():
        what = f"{family}, digits, CAS by the harsher judge"
        rows.append(judge(LEAST[family][0], what, f">= {LEAST[family][1]:.2f} of real", score, 4))
    won = {family: beats(model.metrics, gaussian.metrics) for family, model in models.items()}
    sound = {family: 0.85 <= value(model, "memorisation") <= 1.3 for family, model in models.items()}
    good = [family for family in models if len(won[family]) >= 2 and sound[family]]
    what = "families that beat the per-class Gaussian on two metrics and do not copy"
    rows.append(bar("L1", what, ">= 2", ", ".join(good) or "none", len(good) >= 2))
    if not no_replay:
        genwright.compare("digits", replay=first / "results.json", out=run.begin("again"))
        off = differences(results, read(run.folder / "again" / "results.json"))
        rows.append(bar("L1", "numbers that differ in a replay", "none but time, memory, machine", len(off), not off))
    validate(json.loads((first / "results.json").read_text()), schema())
    return rows, {"metrics won": won, "comparison": summary(results)}


@benchmark(tiny={"minutes": 0.2})
def fashion(run: Run, minutes: float = 20.0) -> Result:
    """Fashion-MNIST: four families under twenty minutes together, 5,000 samples each."""
    families = ["vae", "flow", "autoregressive", "flow-matching"]
    genwright.compare("fashion-mnist", families, minutes=minutes, out=run.begin("compare"))
    results = read(run.folder / "compare")
    models = {model.family: model for model in results.models if not model.error}
    flow, others = models["flow-matching"], [value(m, "frechet") for f, m in models.items() if f != "flow-matching"]
    bits = {family: model.metrics["bits_per_dim"] for family, model in models.items()}
    proven = {family: metric["value"] for family, metric in bits.items() if metric["kind"] != "estimate"}
    what, own = "flow-matching, Fashion-MNIST, CAS by the harsher judge, n = 5,000", proven["autoregressive"]
    near = value(flow, "frechet") / min(others)
    return [
        judge("C2", what, ">= 0.96 of real", harsher(flow), 4),
        judge("C2", "flow-matching, Frechet distance over the next best family's", "<= 0.5", near),
        bar("D1", "autoregressive, bits per dimension of mass", "least of all proven", round(own, 4),
            own == min(proven.values()), "bits/dim"),
    ], {"comparison": summary(results)}  # fmt: skip


@benchmark(tiny={"side": 6})
def cached_sampling(run: Run, side: int = 28) -> Result:
    """Cached against naive sampling of a gated PixelCNN, 28 x 28: equal parameters of every pixel, and how much faster.

    The naive way is one full pass a pixel: its time is that of a pass, the median of a few, times 784. Times are the
    processor's, of one thread. The network has 0.8 M parameters in ten gated layers.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    spec, given, head = Spec((("picture", Ordered(256, shape=(1, side, side))),)), Spec(()), CategoricalHead(256)
    net = GatedPixelCNN(spec, given, head.size, width=56, depth=10).eval()
    family = Autoregressive(spec, given, net, head).eval()
    details = {"parameters": sum(p.numel() for p in net.parameters())}
    with torch.no_grad():
        x = Draws("pictures").integers(256, (4, 1, side, side)).float()
        difference = largest_difference(net, x, torch.zeros(4, 0))
        rows = [judge("D1", "cached against naive parameters, largest difference", "<= 1e-05", difference, None)]
        for batch, wanted in ((1, 50), (16, 300), (64, None)):
            nothing, x = torch.zeros(batch, 0), torch.zeros(batch, 1, side, side)
            pixel = lambda: head.sample(net(x, nothing)[:, 0, 0, 0], Draws(0))
            naive = side**2 * seconds(pixel, 9 if batch == 1 else 3, time.process_time)
            cached = seconds(lambda: family.sample(batch, nothing, Draws(0)), 3, time.process_time)
            details[f"batch {batch}"] = {"naive seconds": naive, "cached seconds": cached}
            if wanted:
                what = f"cached sampling, batch {batch}"
                rows.append(judge("D1", what, f">= {wanted}x", naive / cached, 1, "times"))
    return rows, details


ENLARGED = plans(
    {"off": ("Fashion-MNIST 7 to 28, a draw made small again, off its input (before it is made to agree)",
             "share of the range", "<= 1 %"),
     "gain": ("Frechet distance of bicubic interpolation over that of draws", "ratio", ">= 3",
              {"sides": ("bicubic", "draws")})}
    | {way: (f"Fashion-MNIST 7 to 28, {way}: PSNR (it favours blurred images)", "PSNR, mean over images", "shown",
             {"unit": "dB"})
       for way in ("one draw", "the mean of ten draws", "bicubic interpolation")},
    system="F4", data="fashion-mnist", split="test", seeds=(0,), budget="ten minutes of one core, in items",
    minutes=10.0,
)  # fmt: skip


@benchmark(plans=("ENLARGED",), tiny={"items": 100})
def super_resolution(run: Run, items: int = 5_000) -> Result:
    """Enlarging Fashion-MNIST from 7 x 7 to 28 x 28: flow matching that sees the small picture, beside interpolation.

    Draws are measured as the family makes them, before they are moved to agree with the small picture. The mean of ten
    is over a fifth of the images.
    """
    data = genwright.load_data("fashion-mnist", given=["label", "low/4"])
    model = run.fit(data, "flow-matching", "run", minutes=10)
    some = data.test[np.random.default_rng(0).permutation(len(data.test))[:items]]
    (x, given), top = data.domain.encode(some), data.domain.spec.leaf.levels - 1
    low, features = model.family.given.part(given, "low"), load_features(1)

    def drawn(turn: int, few: int) -> torch.Tensor:
        """One draw for each of the first `few` images."""
        parts = enumerate(given[:few].split(250))
        draw = lambda k, part: model.family.sample(len(part), part, Draws("super-resolution", turn, k)).float()
        with torch.no_grad():
            return torch.cat([draw(k, part) for k, part in parts])

    once = drawn(0, items)
    fifth = items // 5
    mean = torch.stack([once[:fifth], *(drawn(turn, fifth) for turn in range(1, run.small(10, 2)))]).mean(0)
    bicubic = F.interpolate(low, scale_factor=4, mode="bicubic", align_corners=False)
    of = lambda pictures: features((pictures.float() / top).clamp(0, 1))
    distance = {name: float(frechet(of(x), of(each))) for name, each in {"bicubic": bicubic, "draws": once}.items()}
    off = float(100 * (block_means(once, 4) - low).abs().mean() / top)
    rows = [ENLARGED["off"].row(off, digits=3)]
    rows.append(ENLARGED["gain"].row(distance["bicubic"] / distance["draws"], digits=2, **distance))
    for way, pictures in (("one draw", once), ("the mean of ten draws", mean), ("bicubic interpolation", bicubic)):
        found = decibels(pictures.clamp(0, top), x[: len(pictures)].float(), top)
        rows.append(ENLARGED[way].row(float(found.mean()), se_of(found), 2))
    return rows, {"items": len(x), "frechet": distance}


def decibels(pictures: torch.Tensor, originals: torch.Tensor, top: float) -> torch.Tensor:
    """(B,) peak signal to noise of each picture, of range 0 to top."""
    return 10 * (top**2 / (pictures - originals).square().flatten(1).mean(1).clamp(min=1e-6)).log10()


@benchmark(tiny={"drawn": 64})
def latent_diffusion(run: Run, minutes: float = 40.0, drawn: int = 5_000) -> Result:
    """Diffusion in codes against diffusion of pixels, on OpenMoji's pictures of 64 x 64 with their names as captions:
    how near the samples come to test pictures after the same minutes of training, and how long a picture takes to draw.

    Both are flow matching by the numbers that they take for pictures of this size. A picture is timed of 64 at once,
    five turns.
    """
    source, at_once = genwright.load_data("openmoji", given="caption"), run.small(64, 2)
    suite, families = Suite(source), {"pixels": "flow-matching", "codes": "latent-diffusion"}
    models = {name: run.fit(source, family, name, minutes=minutes) for name, family in families.items()}
    real, n = suite.features(suite.test), min(drawn, len(source.train))
    calls = {name: partial(model.sample, at_once, seed=0) for name, model in models.items()}
    took, rows = medians(in_turns(calls, 5, clock=time.perf_counter)), {}
    for name, model in models.items():
        distance = float(frechet(real, suite_features(suite, model.sample(n, seed=0))))
        rows[name] = {"frechet": distance, "milliseconds a picture": 1000 * took[name] / at_once}
        rows[name] |= {"items seen": model.config["outcome"]["items"], "parameters": model.parameters}
    near = rows["codes"]["frechet"] / rows["pixels"]["frechet"]
    said = f"{source.name}, {' x '.join(map(str, source.domain.spec.shape[1:]))}, {minutes:g} minutes each"
    faster, drawing = took["pixels"] / took["codes"], "how many times as fast a picture is drawn, decoder included"
    return [
        judge("F6", f"{said}: Frechet distance of diffusion in codes over that of pixels", "<= 1.1", near),
        judge("F6", f"{said}: {drawing}", ">= 4", faster, 2),
    ], {"minutes": minutes, "rows": rows}
