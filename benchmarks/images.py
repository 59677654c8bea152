"""Images: comparisons of families, sampling speed, enlarging, diffusion in codes (rows A to F, L1)."""

from __future__ import annotations

import json
import resource
import time
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from bars import Run, bar, benchmark, judge, summary
from common import Result, in_turns, medians, suite_features
from jsonschema import validate

import genwright
from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.distributions.heads import Categorical
from genwright.distributions.low_resolution import means
from genwright.evaluation.feature_net import load_features
from genwright.evaluation.metrics.frechet import frechet
from genwright.evaluation.plots.picture_sheets import captioned
from genwright.evaluation.suites.images import Suite
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.networks.masked_conv import GatedPixelCNN
from genwright.reports.results import differences, read, schema
from genwright.studies.measures import largest_difference, seconds

LEAST = {  # family: its system, and the share of real accuracy that its samples have to teach
    "vae": ("A2", 0.9), "flow": ("C1", 0.9), "autoregressive": ("D1", 0.9), "flow-matching": ("C2", 0.9),
    "autoencoder": ("A1", 0.85), "gan": ("B1", 0.85), "energy": ("E1", 0.85), "score-matching": ("E2", 0.85),
    "diffusion": ("F1", 0.85),
}  # fmt: skip


def value(model: dict, name: str) -> float:
    return model["metrics"][name]["value"]


def harsher(model: dict) -> float:
    """CAS by the harsher of two judges."""
    return min(value(model, "cas_cnn"), value(model, "cas_svc"))


def beats(a: dict, b: dict) -> list[str]:
    """Suite on which metrics a are better than b, the 95% intervals apart; bounds count, estimates of a likelihood do
    not."""
    found = []
    for name, sign in BETTER.items():
        x, y = a.get(name), b.get(name)
        if not x or not y or (name == "bits_per_dim" and x["kind"] == "estimate"):
            continue
        if sign * (x["value"] - y["value"]) > 1.96 * (x["se"] + y["se"]):
            found.append(name)
    return found


BETTER = {"bits_per_dim": -1, "frechet": -1, "two_sample_auc": -1}  # lower is better in all three


@benchmark(tiny={"minutes": 0.2})
def digits(run: Run, minutes: float = 5.0, no_replay: bool = False) -> Result:
    """The main job on scikit-learn's digits: wall clock, memory, quality of every family, replay.

    A comparison that stands in the folder is judged as it is, without a wall clock.
    """
    first, start = run.begin("first"), time.monotonic()
    stands = (first / "results.json").exists()
    genwright.compare("digits", minutes=minutes, out=first)
    wall, results = time.monotonic() - start, read(first / "results.json")
    models = {model["family"]: model for model in results["models"]}
    judge_of, copy = ({m["family"]: m for m in results["baselines"]}[name] for name in ("class-gaussian", "bootstrap"))
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
    won = {family: beats(model["metrics"], judge_of["metrics"]) for family, model in models.items()}
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
    results = genwright.compare("fashion-mnist", families, minutes=minutes, out=run.begin("compare")).results
    models = {model["family"]: model for model in results["models"] if not model["error"]}
    flow, others = models["flow-matching"], [value(m, "frechet") for f, m in models.items() if f != "flow-matching"]
    bits = {family: model["metrics"]["bits_per_dim"] for family, model in models.items()}
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
    spec, given, head = Spec((("picture", Ordered(256, shape=(1, side, side))),)), Spec(()), Categorical(256)
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


@benchmark(tiny={"items": 100})
def super_resolution(run: Run, minutes: float = 10.0, items: int = 5_000) -> Result:
    """Enlarging Fashion-MNIST from 7 x 7 to 28 x 28: flow matching that sees the small picture, beside interpolation.

    Draws are measured as the family makes them, before they are moved to agree with the small picture; "shipped" is
    what `sample` returns, which agrees with it. The mean is of 8 draws of 250 pictures.
    """
    drawn_of, block = 8, 250
    data = genwright.load_data("fashion-mnist", given=["label", "low/4"])
    model = run.fit(data, "flow-matching", "run", minutes=minutes)
    pick = lambda part, seed: part[np.random.default_rng(seed).permutation(len(part))[:items]]
    x, given = data.domain.encode(pick(data.test, 0))
    low, top = model.family.given.part(given, "low"), data.domain.spec.leaf.levels - 1

    def draws(given: torch.Tensor, seed: int) -> torch.Tensor:
        """(n, C, H, W) as the family draws them."""
        rng = lambda k: Draws("super-resolution", seed, k)
        with torch.no_grad():
            return torch.cat([model.family.sample(len(g), g, rng(k)).float() for k, g in enumerate(given.split(block))])

    def figures(pictures: torch.Tensor, n: int = items) -> dict:
        """off: mean distance of their block means from the small pictures, in percent of the range. psnr: of the mean
        squared error over all, in dB; a draw has less of it than the mean of draws, which is no picture."""
        off = 100 * (means(pictures.float(), 4) - low[:n]).abs().mean() / top
        squared = ((pictures.float() - x[:n].float()) / top).square().mean()
        return {"off": round(float(off), 3), "psnr": round(float(-10 * squared.log10()), 2)}

    bicubic = F.interpolate(low, scale_factor=4, mode="bicubic", align_corners=False).clamp(0, top)
    drawn = draws(given, 0)
    shipped = data.domain.encode(data.domain.decode(drawn, given, 0))[0]
    features = load_features(1)
    of = lambda pictures: features((pictures.float() / top).clamp(0, 1))
    distance = lambda pictures: {"frechet": round(float(frechet(of(x), of(pictures))), 3)}
    rows = {
        name: figures(pictures) | distance(pictures)
        for name, pictures in (("bicubic", bicubic), ("one draw", drawn), ("one draw, shipped", shipped))
    }
    mean = torch.stack([draws(given[:block], seed) for seed in range(drawn_of)]).mean(0)
    rows[f"mean of {drawn_of} draws"] = figures(mean, block)
    rows["real training pictures"] = distance(data.domain.encode(pick(data.train, 1))[0])
    off, gain = rows["one draw"]["off"], rows["bicubic"]["frechet"] / rows["one draw"]["frechet"]
    what = "Fashion-MNIST 7 to 28, a draw made small again, off its input (before it is made to agree)"
    return [
        bar("F4", what, "<= 1% of the range", off, off <= 1, "%"),
        judge("F4", "Frechet distance of bicubic interpolation over that of draws", ">= 3", gain, 2),
    ], {"minutes": minutes, "items": len(x), "rows": rows}


@benchmark(tiny={"drawn": 64})
def latent_diffusion(
    run: Run, minutes: float = 40.0, data: str = "openmoji", given: str = "caption", drawn: int = 5_000
) -> Result:
    """Diffusion in codes against diffusion of pixels, on OpenMoji's pictures of 64 x 64 with their names as captions:
    how near the samples come to test pictures after the same minutes of training, and how long a picture takes to draw.

    Both are flow matching by the numbers that they take for pictures of this size; the folder then holds a sheet of
    samples over their captions of each. Of CIFAR-10's pictures, of 32 x 32: --data cifar10-jpeg --given label. A
    picture is timed of 64 at once, five turns.
    """
    source, at_once = genwright.load_data(data, given=given), run.small(64, 2)
    suite = Suite(source)
    families = {"pixels": "flow-matching", "codes": "latent-diffusion"}
    models = {name: run.fit(source, family, name, minutes=minutes) for name, family in families.items()}
    real = suite.features(suite.test)
    distance = lambda images: round(float(frechet(real, suite_features(suite, images))), 3)
    calls = {name: partial(model.sample, at_once, seed=0) for name, model in models.items()}
    took, rows = medians(in_turns(calls, 5, clock=time.perf_counter)), {}
    for name, model in models.items():
        samples = model.sample(min(drawn, len(source.train)), seed=0)
        if "caption" in samples.given:
            x = source.domain.encode(samples[:40])[0].float() / (source.domain.spec.leaf.levels - 1)
            captioned(x, samples.given["caption"], run.folder / f"{families[name]}.png")
        rows[name] = {"frechet": distance(samples), "items seen": model.config["outcome"]["items"]}
        rows[name] |= {"parameters": model.parameters, "milliseconds a picture": round(1000 * took[name] / at_once, 2)}
    coded = models["codes"].decode(models["codes"].encode(source.test, given={}))
    rows["codes"]["frechet of test pictures, coded and decoded"] = distance(coded)
    rows["training pictures"] = {"frechet": distance(source.train)}
    near, faster = (rows[a][key] / rows[b][key] for a, b, key in (
        ("codes", "pixels", "frechet"), ("pixels", "codes", "milliseconds a picture")
    ))  # fmt: skip
    said = f"{source.name}, {' x '.join(map(str, source.domain.spec.shape[1:]))}, {minutes:g} minutes each"
    run.record([
        judge("F6", f"{said}: Frechet distance of diffusion in codes over that of pixels", "<= 1.1", near),
        judge("F6", f"{said}: how many times as fast a picture is drawn, decoder included", ">= 4", faster, 2),
    ], {"data": source.name, "given": given, "minutes": minutes, "rows": rows},
        "latent_diffusion" if data == "openmoji" else f"latent_diffusion_{source.name}")  # fmt: skip
