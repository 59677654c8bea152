"""Codes of images and sound, compression, music (rows A5 to A7, D2, L5)."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
from itertools import product
from time import perf_counter

import numpy as np
import pandas as pd
import torch
from bars import ROOT, Run, bar, benchmark, judge, plans
from common import Drawn, Result, se_of, test_given

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.families.baselines.bootstrap_and_independent import Uniform
from genwright.measure.intervals import numpy_generator, ratio
from genwright.measure.plots.figures import save
from genwright.measure.suites import images
from genwright.sound.measure import audio_suite as audio
from genwright.sound.measure import sound_sheets
from genwright.sound.measure.sound_metrics import in_key, pitch_classes, shuffle_notes
from genwright.studies.measures import perplexity

QUANTISERS = {  # hyperparameters
    "vq": {}, "fsq": {"finite": [8, 6, 5]}, "residual": {"books": 2, "entries": 16}, "rotation": {"rotation": True},
}  # fmt: skip
UNASKED = {"attacked": 0, "completed": 0, "coded": 0, "scored": 0}


def reconstructions(model, x: torch.Tensor):
    """Pictures drawn from p(x | z), z the code of x."""
    codec, found = model.family.codec, []
    with torch.no_grad():
        for block, part in enumerate(x.float().split(256)):
            params = codec.params(codec.entries(codec.encode(part)))
            found.append(codec.head.sample(params, Draws("again", block)))
    return torch.cat(found)


class Coded:
    """Fashion-MNIST, and what the suite of images measures of samples by codes."""

    def __init__(self):
        self.data = genwright.load_data("fashion-mnist")
        self.suite = images.Suite(self.data, sizes=UNASKED)

    def draw(self, model) -> Drawn:
        """Samples for the labels of test items."""
        return Drawn(model.sample(self.suite.n, given=test_given(self.data, self.suite.n), seed=0))

    def again(self, model, part: str) -> Drawn:
        """Items of a part, coded and decoded."""
        items = self.data.tensors(part)[: self.suite.n]
        return Drawn(self.data.domain.decode(reconstructions(model, items.x), items.given, None))


@benchmark(tiny={"minutes": 0.02, "only": ("vq",)})
def codecs(
    run: Run, minutes: float = 10.0, items: bool = False, seeds: int = 1, only: tuple[str, ...] = tuple(QUANTISERS)
) -> Result:
    """Codecs and priors on Fashion-MNIST: codes by four quantisers.

    The perplexity of all test codes, a proven bound in bits per dimension, beside that of a VAE of the same budget, and
    the Frechet distance of reconstructions and of samples by the learned and by the uniform prior. With --items budgets
    are thousands of items, which a busy machine does not change.
    """
    coded, rows, table = Coded(), [], {}
    budget = {"items": int(1000 * minutes)} if items else {"minutes": minutes}
    fit = lambda family, out, **how: run.fit(coded.data, family, out, **how, **budget)
    frechet = lambda drawn: coded.suite.measure(drawn, only=["frechet"]).metrics["frechet"].value
    bound = lambda model: model.log_prob(coded.data.test).bits_per_dim.value

    def measured(model) -> dict[str, float]:
        """What the table of quantisers holds of one run."""
        found = {"perplexity": perplexity(model, coded.data).value}
        found |= {"reconstructions": frechet(coded.again(model, "test")), "samples": frechet(coded.draw(model))}
        found |= {"bound": bound(model)}
        for level, prior in enumerate(model.family.priors):
            model.family.priors[level] = Uniform(prior.spec, prior.given)
        return found | {"uniform": frechet(coded.draw(model))}

    beside = table["vae"] = run.kept("vae", lambda: bound(fit("vae", "run-vae")))
    said = f"fashion-mnist, {minutes:g} {'thousand items' if items else 'minutes'}, {seeds} seed{'s' * (seeds > 1)}"
    for name in only:
        for seed in range(seeds):
            model = lambda: fit("vq-vae", f"run-{name}-{seed}", seed=seed, hyperparameters=QUANTISERS[name] or None)
            table[f"{name}, seed {seed}"] = run.kept(f"{name}-{seed}", lambda: measured(model()))
        mean = lambda key: float(np.mean([table[f"{name}, seed {seed}"][key] for seed in range(seeds)]))
        add = lambda what, *row: rows.append(judge("A5", f"{name}, {said}: {what}", *row))
        gain, beyond = mean("uniform") / mean("samples"), mean("samples") / mean("reconstructions")
        add("perplexity of all test codes", ">= 50% of the entries", mean("perplexity"), 3, "%")
        add("Frechet distance by the uniform prior over that by the learned one", ">= 3", gain, 3, "times")
        what, wanted, bits = f"{name}, {said}: proven bound", f"< {beside:.3f}, the plain VAE's", mean("bound")
        rows.append(bar("A5", what, wanted, round(bits, 3), bits < beside, "bits/dim"))
        add("Frechet distance of samples over that of reconstructions", "<= 2", beyond, 3, "times")
    return rows, {"rows": table}


@benchmark(tiny={"minutes": 0.02})
def codecs_levels(run: Run, minutes: float = 60.0) -> Result:
    """A hierarchy of two levels of codes on Fashion-MNIST: what samples and reconstructions teach (CAS), beside a GAN
    of as many minutes and a Gaussian per class."""
    coded, budget = Coded(), {"minutes": minutes}

    def teach(drawn: Drawn) -> tuple[float, float]:
        """The score by the harsher of two judges, and its standard error."""
        metrics = coded.suite.measure(drawn).metrics
        score = min((metrics["cas_cnn"], metrics["cas_svc"]), key=lambda metric: metric.value)
        return score.value, score.se

    def both() -> dict:
        model = run.fit(coded.data, "vq-vae-2", "run-levels", **budget)
        return {"samples": teach(coded.draw(model)), "reconstructions": teach(coded.again(model, "train"))}

    other = lambda family, **how: teach(coded.draw(run.fit(coded.data, family, f"run-{family}", **how)))
    found = run.kept("levels", both)
    found["gan"] = run.kept("gan", lambda: other("gan", **budget))
    found["class-gaussian"] = run.kept("class-gaussian", lambda: other("class-gaussian"))
    (cas, se), (again, again_se) = found["samples"], found["reconstructions"]
    best, best_se = max(found["gan"], found["class-gaussian"])
    gap, gap_se = cas - best, float(np.hypot(se, best_se))
    told = f"vq-vae-2, fashion-mnist, {minutes:g} minutes, n = {coded.suite.n:,}: CAS by the harsher judge"
    add = lambda what, wanted, value, met, se: bar(
        "A6", f"{told}, {what}", wanted, round(value, 4), met, "", round(se, 4), minutes
    )
    return [
        add("of samples", ">= 0.93 of real", cas, cas >= 0.93, se),
        add("less the best of GAN and class-Gaussian", "> 0 by 2 SE", gap, gap > 2 * gap_se, gap_se),
        add("of reconstructions", ">= 0.97 of real", again, again >= 0.97, again_se),
    ], {"rows": found}


# ---------------------------------------------------------------------- compression

MODELS = {
    "mnist": ("autoregressive", "vae", "integer-flow"), "fashion-mnist": ("autoregressive", "vae", "integer-flow"),
    "adult": ("autoregressive", "vae"), "tiny-shakespeare": ("autoregressive",),
}  # fmt: skip
BEST_OLD = {"mnist": 1.38, "fashion-mnist": 3.69}  # bits a pixel of the 10,000: xz in one stream, JPEG-XL of a mosaic


@benchmark(peer="imagecodecs", tiny={"items": 20, "damages": 5, "data": ("adult",)})
def compression(
    run: Run, data: tuple[str, ...] = tuple(MODELS), minutes: float = 20.0, items: int = 1000, damages: int = 2_500
) -> Result:
    """Lossless compression: the bytes of models beside -log2 p and beside the coders that everybody has, on the same
    items.

    Items are a seeded draw of the test part, without their labels. Of MNIST and Fashion-MNIST the first model codes the
    whole test part once more. The first stream of each set is damaged some thousand times: bits turned, its end cut
    off, bytes put in and taken out. Every run writes the table of all sets that are in the folder.
    """
    sys.path.append(str(ROOT / "tests"))
    from damaged_bytes import damaged

    def refused(model, stream: bytes) -> int:
        """How many damaged copies of a stream are refused in a sentence, none of them being read."""
        rng, count = np.random.default_rng(0), 0
        for _ in range(damages):
            try:
                model.decompress(damaged(stream, rng))
            except DataError:
                count += 1
        return count

    def coded(model, those, with_damages: bool) -> dict:
        """Bytes, what -log2 p says (of a bound with one draw of the code), seconds, whether all is back."""
        began = perf_counter()
        stream = model.compress(those, given={})
        written = perf_counter()
        back = model.decompress(stream)
        found = {"bytes": len(stream), "seconds": {"writing": written - began, "reading": perf_counter() - written}}
        found["ideal"] = float(-model.log_prob(those, given={}, draws=1).nats.sum() / np.log(2) / 8)
        found["same"] = bool((model.domain.keys(back) == model.domain.keys(those)).all())
        found["bytes of weights"] = sum(4 * p.numel() for p in model.family.parameters())
        return found | ({"damages": {"tried": damages, "refused": refused(model, stream)}} if with_damages else {})

    for name in data:
        source = genwright.load_data(name)
        pick = np.sort(Draws("compressed").permutation(len(source.test))[:items].numpy())
        some = source.test.iloc[pick] if isinstance(source.test, pd.DataFrame) else source.test[pick]
        parts = {"some": (some, MODELS[name])} | (
            {"whole": (source.test, MODELS[name][:1])} if name in BEST_OLD else {}
        )
        for part, (those, families) in parts.items():
            run.kept(f"{name}-{part}", lambda: {"items": len(those), "coders": old_coders(those)})
            for family in families:
                fit = lambda: run.fit(source, family, f"run-{name}-{family}", minutes=minutes, seed=0)
                first = part == "some" and family == families[0]
                run.kept(f"{name}-{part}-{family}", lambda: coded(fit(), those, first))
    tables, rows = {}, []
    for name, part in product(MODELS, ("some", "whole")):
        if kept := {family: p for family in MODELS[name] if run.has(p := f"{name}-{part}-{family}")}:
            models = {"models": {family: run.part(p) for family, p in kept.items()}}
            tables.setdefault(name, {})[part] = run.part(f"{name}-{part}") | models
    for name, parts in tables.items():
        for family, found in parts["some"]["models"].items():
            above, what = found["bytes"] / found["ideal"] - 1, f"{name}, {parts['some']['items']:,} items, {family}"
            met = above <= 0.02 and found["same"]
            rows.append(bar("L5", f"{what}: bytes above -log2 p, all back", "<= 2%", f"{above:.2%}", met))
        if "whole" in parts:
            (family, found), old = next(iter(parts["whole"]["models"].items())), parts["whole"]["coders"]
            best, pixels = min(old, key=old.get), old["raw"]
            rate, least = 8 * found["bytes"] / pixels, 8 * old[best] / pixels
            what = f"{name}, {parts['whole']['items']:,} items, {family} (best old: {best} {least:.3f})"
            met = rate < min(BEST_OLD[name], least) and found["same"]
            rows.append(bar("L5", what, f"< {BEST_OLD[name]}", round(rate, 4), met, "bits a pixel"))
    first = [next(iter(parts["some"]["models"].values()))["damages"] for parts in tables.values()]
    tried, count = (sum(each[key] for each in first) for key in ("tried", "refused"))
    rows.append(bar("L5", f"damaged streams of {', '.join(tables)}, refused", f"{tried:,}", count, count == tried))
    return rows, {"minutes": minutes, "data": tables}


def old_coders(items) -> dict[str, int]:
    """Bytes of the same items by each."""
    import imagecodecs as codecs

    streams = {
        "gzip -9": lambda data: gzip.compress(data, 9, mtime=0),
        "bzip2 -9": lambda data: bz2.compress(data, 9),
        "xz -9e": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
        "zstd -19": lambda data: codecs.zstd_encode(data, 19),
    }
    pictures = {
        "PNG": lambda x: codecs.png_encode(x, 9),
        "WebP": lambda x: codecs.webp_encode(np.repeat(x, 3, -1), lossless=True),
        "JPEG-XL": lambda x: codecs.jpegxl_encode(x, lossless=True, effort=5),
    }
    found = {}
    if isinstance(items, np.ndarray):
        x, side = np.ascontiguousarray(items), int(len(items) ** 0.5)
        n, h, w, c = x.shape
        mosaic = x[: side**2].reshape(side, side, h, w, c).swapaxes(1, 2).reshape(side * h, -1, c)
        whole = n / side**2  # a mosaic is square: what is left of it counts as much as the rest
        found = {f"{coder}, a file each": sum(len(encode(one)) for one in x) for coder, encode in pictures.items()}
        found |= {f"{coder}, a mosaic": round(whole * len(encode(mosaic))) for coder, encode in pictures.items()}
        raw = x.tobytes()
    else:
        raw = (items.to_csv(index=False) if isinstance(items, pd.DataFrame) else "".join(items)).encode()
    return found | {f"{coder}, one stream": len(encode(raw)) for coder, encode in streams.items()} | {"raw": len(raw)}


# ---------------------------------------------------------------------- sound


@benchmark(tiny={"clips": 2})
def speech(run: Run, minutes: float = 20.0, clips: int = 64) -> Result:
    """Spoken digits (FSDD): what a WaveNet of twenty minutes says of test clips, and whether what it says can be
    understood."""
    data = genwright.load_data("fsdd")
    model, suite = run.fit(data, "autoregressive", "run", minutes=minutes), audio.Suite(data)
    found, began = suite.measure(model), perf_counter()
    with torch.no_grad():  # half a second of each clip, sample by sample
        x, rng = torch.zeros(clips, *model.spec.shape), Draws("speech", 0)
        for (t,), logits in model.family.network.walk(x, data.tensors("test").given[:clips]):
            x[:, t] = model.family.head.sample(logits[:, : model.spec.leaf.levels], rng)  # none ends
            if t == model.domain.rate // 2 - 1:
                break
    seconds = perf_counter() - began
    bits_of = lambda name: suite.measure(run.fit(data, name)).metrics["bits_per_sample"].value
    beside = ", ".join(f"{name} {bits_of(name):.2f}" for name in ("linear-prediction", "n-gram"))
    bits, right, loud = (found.metrics[name] for name in ("bits_per_sample", "right_label", "loudness_error"))
    real, asked = suite.reference()["right_label"].value, f"{minutes:g} minutes"
    what = f"samples whose digit a network taught by real speech names, {asked} (real test clips: {real:.2f})"
    row = lambda what, wanted, metric, digits, unit: judge(
        "D2", what, wanted, metric.value, digits, unit, metric.se, minutes
    )
    return [
        row(f"bits a sample of all test clips, {asked} ({beside})", "<= 4.15", bits, 3, "bits"),
        row(what, ">= 0.5, aim 0.8", right, 3, "of samples"),
        judge("D2", f"{clips} clips of half a second drawn", "<= 30 s", seconds, 1, "s"),
        row("loudness of samples off that of test clips", "<= 20%", loud, 1, "%"),
    ], {"minutes": minutes}


@benchmark()
def speech_codes(run: Run, minutes: float = 20.0) -> Result:
    """Spoken digits (FSDD) by codes: how evenly a codec of sound uses them, a proven bound, and what a WaveNet of the
    codes adds to codes of which each is as likely as any other.

    Beside the run come clips to listen to. All clips are drawn for the labels of test clips, and measured on as many as
    the suite takes; uniform codes are as many as learned ones.
    """
    data = genwright.load_data("fsdd")
    model, suite, test = run.fit(data, "vq-vae", "run", minutes=minutes), audio.Suite(data), data.tensors("test")
    bits_of = lambda model: suite.measure(model).metrics["bits_per_sample"]
    bits, ngram, used = bits_of(model), bits_of(run.fit(data, "n-gram")).value, perplexity(model, data)
    (prior,), codec, found = model.family.priors, model.family.codec, {}
    with torch.no_grad():
        leaf, parts = codec.latents.leaf, enumerate(test.given.split(64))
        learned = torch.cat([prior.sample(len(part), part, Draws("codes", block)) for block, part in parts])
        uniform = torch.where(learned < leaf.end, Draws("uniform").integers(leaf.end, learned.shape).float(), learned)
        for name, codes in {"reconstructed": codec.encode(test.x), "learned": learned, "uniform": uniform}.items():
            x = torch.cat([codec.sample(part, Draws(name, block)) for block, part in enumerate(codes.split(64))])
            clips = data.domain.decode(x, test.given, 0)
            data.domain.write(clips[::10], run.folder / f"{name}.wav")
            found[name] = suite.resized({"samples": len(clips)}).measure(Drawn(clips)).metrics
    far = {name: metrics["frechet"].value for name, metrics in found.items()}
    right = {name: metrics["right_label"] for name, metrics in found.items()}
    asked, real = f"{minutes:g} minutes of fsdd", suite.reference()["right_label"].value
    further = (f"Frechet distance of clips by uniform codes, over that by learned ones, {asked} ({far['uniform']:.2f}, "
               f"{far['learned']:.2f}; test clips by their codes: {far['reconstructed']:.2f})")  # fmt: skip
    named = (f"clips by learned codes whose digit a network taught by real speech names, {asked} (uniform codes: "
             f"{right['uniform'].value:.2f}, test clips by their codes: {right['reconstructed'].value:.2f}, real ones: "
             f"{real:.2f})")  # fmt: skip
    above, own = right["uniform"].value + 2 * right["uniform"].se, right["learned"]
    perplexed = f"perplexity of all test codes of sound, {asked} ({used.detail})"
    return [
        judge("A5", perplexed, ">= 50% of the entries", used.value, 1, "%", used.se, minutes),
        bar(
            "A5",
            f"bits a sample of sound, a proven bound, {asked} (a Markov chain of levels: {ngram:.2f})",
            "below the chain's",
            round(bits.value, 3),
            bits.value < ngram,
            "bits",
            bits.se,
            minutes,
        ),
        judge("A5", further, ">= 3x", far["uniform"] / far["learned"], 2, "times", minutes=minutes),
        bar("A5", named, "above uniform codes'", round(own.value, 3), own.value > above, "of samples", own.se, minutes),
    ], {"minutes": minutes}


# ---------------------------------------------------------------------- music


LATENTS, PAIRS = 64, 100
MUSIC = plans(
    {
        "notes": ("notes of test windows that come back", "share of notes", ">= 90 %"),
        "changes": ("notes that are not the note before: of these, notes that come back", "share of notes", ">= 65 %"),
        "ways": (f"steps of {PAIRS} ways between two pieces on which the notes that differ from the first grow or stay",
                 "share of steps", ">= 95 %"),
        "key": ("notes of samples in key above those of the same notes shuffled", "share of notes", "> 0 of notes",
                {"sides": ("samples", "shuffled", "test windows", "shuffled test windows")}),
    },
    system="A7", data=f"jsb-chorales, {LATENTS} latents a window of 256 notes", split="test", seeds=(0,),
    budget="fifteen minutes of one core, in items", minutes=15.0,
)  # fmt: skip


@benchmark(plans=("MUSIC",), tiny={"pairs": 2, "drawn": 10})
def chorales(run: Run, pairs: int = PAIRS, drawn: int = 300) -> Result:
    """A VAE of Bach's chorales, four bars at a time: what comes back through its code alone, whether the way from one
    piece to another leads there, and whether what it draws is in a key.

    Codes are decoded symbol by symbol, each in view of those that were decoded before, not of the true ones. A window
    of 256 notes has 64 latents: with a latent for every other note, copying would do.
    """
    steps, data = 8, genwright.load_data("jsb-chorales")
    model = run.fit(data, "vae", "run", minutes=15.0, hyperparameters={"latents": LATENTS})
    test, codes, rng = np.stack(data.test), model.encode(data.test), np.random.default_rng(0)
    right = np.stack(model.decode(codes)) == test
    moved = np.pad(test[:, 1:] != test[:, :-1], ((0, 0), (1, 0), (0, 0)))  # notes that are not those of the step before

    def shares(among: np.ndarray) -> tuple[float, float]:
        """Of the notes of each window that are among some, how many are right; its standard error over windows."""
        each = lambda mask: mask.reshape(len(mask), -1).sum(1).astype(float)
        return ratio(each(right & among), each(among), numpy_generator("chorales"))

    copied = float((~moved)[:, 1:].mean())
    pieces = [data.test[i] for i in np.random.default_rng(0).permutation(len(data.test))]
    away, other = [], lambda k: [pieces[k % len(pieces)]]
    for k in range(pairs):
        way = np.stack(model.interpolate(other(2 * k), other(2 * k + 1), steps=steps))
        away.append((way != way[0]).sum((1, 2)))
    steady = (np.diff(away, axis=1) >= 0).mean(1)
    samples = np.stack(model.sample(drawn, seed=0))
    key, real = (in_key(pitch_classes(windows)) for windows in (samples, test))
    chance, own = (in_key(pitch_classes(shuffle_notes(windows, rng))) for windows in (test, samples))
    gap, se = float(key.mean() - own.mean()), float(np.hypot(key.std(), own.std()) / drawn**0.5)
    percent = lambda name, share, se, note="": MUSIC[name].row(100 * share, 100 * se, 1, note)
    copying = f"copying the note before is right of {100 * copied:.0f}% of all notes, of none of these"
    sides = {"samples": key.mean(), "shuffled": own.mean(), "test windows": real.mean()}
    sides = {side: float(share) for side, share in (sides | {"shuffled test windows": chance.mean()}).items()}
    rows = [
        percent("notes", *shares(np.ones(test.shape, bool))),
        percent("changes", *shares(moved), copying),
        percent("ways", float(steady.mean()), se_of(steady)),
        MUSIC["key"].row(gap, se, 3, **sides),
    ]
    if not run.trial:
        titles = ["from", *[""] * (steps - 2), "to"]
        way = sound_sheets.roll_drawing(model.interpolate(pieces[:1], pieces[1:2], steps=steps), titles)
        save(way, ROOT / "docs" / "chorales-way.png")
    return rows, {"minutes": 15.0, "latents": codes.shape[1]}
