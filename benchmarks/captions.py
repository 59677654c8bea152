"""Images and words: matching, samples from captions, edits, in combinations that no training image shows (rows G1 to
G5). A rule reads what an image of `shapes` shows."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np
import torch
from bars import Plan, Run, benchmark, plans
from common import Drawn, Result, in_turns, medians, se_of, valued
from sklearn.metrics import cohen_kappa_score

import genwright
from genwright.core.data import Data
from genwright.kinds.fields.several_texts import in_array, texts_of
from genwright.kinds.images.pictures import Pictures
from genwright.kinds.named.shapes import ATTRIBUTES, SHAPES, captions, longest_first, parse_captions, with_article
from genwright.measure.metrics.captions import Matcher
from genwright.measure.metrics.classifiers import ITEMS_SEEN
from genwright.measure.metrics.shapes_rule import agreement, guessed_apart, measure, read_attributes
from genwright.measure.suites import captioned_images, match
from genwright.run.image_index import ImageIndex, nearest
from genwright.run.predictor import Predictor
from genwright.run.tasks import task_of
from genwright.studies.measures import perplexity
from genwright.zoo import registry

GUIDANCE, SAMPLES = 2.0, 2_000
WORDS = {"pair": "shape and colour right", "all": "all four right"}
SHAPES_TEST = dict(data="shapes", split="test", seeds=(0,))
FIFTEEN = dict(budget="15 minutes of one core each", minutes=15.0)


def random_images(images: Pictures, n: int) -> Pictures:
    """n random images of a part."""
    return images[np.random.default_rng(0).permutation(len(images))[:n]]


def shown(images, captions: np.ndarray) -> dict[str, float]:
    """Shares of images that show what captions say, by rule, with their standard errors."""
    return valued(agreement(read_attributes(np.asarray(images)), parse_captions(captions)))


def scores(model, data: Data, n: int, part: str = "test", **options) -> dict[str, float]:
    """What samples show of the captions of n random images of a part."""
    captions = random_images(getattr(data, part), n).given["caption"]
    return shown(model.sample(len(captions), given={"caption": captions}, seed=0, **options), captions)


# ---------------------------------------------------------------------- matching

RUNS = {  # data, minutes, preset
    "short": ("shapes-two", 5.0, "default"), "long": ("shapes-two", 10.0, "default"),
    "plain": ("shapes-two", 10.0, "plain"), "single": ("shapes", 5.0, "default"),
}  # fmt: skip
FOUND = {
    "recall": "text found, of 100", "colours": "colours not swapped", "relation": "relation not reversed",
    "zero shot": "shape named, of six texts",
}  # fmt: skip
MATCHING = plans(
    {
        (name, key): (f"clip on {RUNS[name][0]}, {RUNS[name][1]:g} minutes, preset {RUNS[name][2]}: {FOUND[key]}",
                      "share of images", wanted, {"data": RUNS[name][0], "minutes": RUNS[name][1],
                                                  "budget": f"{RUNS[name][1]:g} minutes of one core"})
        for name, key, wanted in (
            ("short", "recall", ">= 0.9"), ("long", "colours", ">= 0.8"), ("long", "relation", ">= 0.8"),
            ("long", "recall", "shown"), ("plain", "colours", "shown"), ("plain", "relation", "shown"),
            ("plain", "recall", "shown"), ("single", "zero shot", "shown"),
        )
    },
    system="G1", split="test", seeds=(0,),
)  # fmt: skip
SEARCH = Plan(
    "G1", "clip: search of 100,000 images once encoded", "random vectors", "none", (0,), "none",
    "seconds, median of 20", most=0.2, unit="s",
)  # fmt: skip


@benchmark(plans=("MATCHING", "SEARCH"), tiny={"images": 100})
def matching(run: Run, images: int = 100_000) -> Result:
    """Images matched with texts: is the right text found, and told apart from another of the same words?

    `clip` trains on `shapes-two` for five and for ten minutes of one core, with and without swapped captions, and on
    `shapes` for five. Every test image shows a (shape, colour) pair that no training image shows.
    """
    torch.set_num_threads(1)
    data_of = lambda name: task_of(genwright.load_data(RUNS[name][0], task="match"), "match")

    def trained(name: str):
        _, minutes, preset = RUNS[name]
        return run.fit(data_of(name), out=f"run-{name}", task="match", preset=preset, minutes=minutes)

    def measured(name: str) -> dict[str, float]:
        model, data = trained(name), data_of(name)
        found = valued(match.Suite(data).measure(model).metrics)
        if name == "single":
            named = model.predict(data.test, among=[with_article(shape) for shape in SHAPES])["label"]
            shapes = parse_captions(data.test.given["caption"])[:, 0]
            right = np.array([with_article(SHAPES[shape]) for shape in shapes]) == named
            found |= {"zero shot": float(right.mean()), "zero shot se": se_of(right)}
        return found

    def speed(model) -> dict[str, float]:
        """Median seconds of a search in an index at hand."""
        vectors = np.random.default_rng(0).normal(size=(images, model.encode(["a star"]).shape[1])).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        index = ImageIndex(np.arange(images).astype(object), vectors, *np.zeros((2, images), np.int64))
        search = lambda: nearest(model, index, "a red star left of a blue circle", 12)
        return medians(in_turns({"seconds": search}, 20, clock=perf_counter, untimed=0))

    found = {name: run.kept(name, lambda: measured(name)) for name in RUNS}
    found["speed"] = run.kept("speed", lambda: speed(trained("short")))
    rows = [plan.row(found[name][key], found[name][f"{key} se"]) for (name, key), plan in MATCHING.items()]
    return [*rows, SEARCH.row(found["speed"]["seconds"])], found


# ---------------------------------------------------------------------- DALL-E

OF_SAMPLES, KEPT = f"of {SAMPLES:,} samples at guidance {GUIDANCE:g}, by rule", "text and upper half: known"
CODECS = ("nearest", "gumbel")
OTHERS = {"vq-vae": 1, "bootstrap": 3}
DALL_E = plans(
    {
        (codec, key): (f"{codec} codes of images: {what}", metric, wanted,
                       {"budget": "5 minutes of one core", "minutes": 5.0} | unit)
        for key, what, metric, wanted, unit in (
            ("all", "all four attributes right after decoding", "of images, by rule", ">= 0.95", {}),
            ("perplexity", "perplexity of all test codes", "of the entries", "shown", {"unit": "%"}),
        )
        for codec in CODECS
    } | {
        ("halves", of): (f"{KEPT} {of} that stay as they are", f"of {of}", ">= 1", {"check": True})
        for of in ("codes", "pixels")
    } | {
        (score, other): (f"dall-e less {'three times ' * (times > 1)}{other}: {words}", OF_SAMPLES, "> 0",
                         {"sides": ("dall-e", other), "check": times > 1})  # those of bootstrap are 0
        for score, words in WORDS.items()
        for other, times in OTHERS.items()
    },
    system="G2", **SHAPES_TEST, **FIFTEEN,
)  # fmt: skip


@benchmark(plans=("DALL_E",), tiny={"samples": 16})
def dall_e(run: Run, samples: int = SAMPLES, completed: int = 200) -> Result:
    """DALL-E on `shapes`: what its codes keep of an image, and how often a sample shows what its caption asks for.

    `dall-e` trains for fifteen minutes of one core, of which its codec has a third, and `vq-vae` for as long. The codec
    of the preset `gumbel` trains for five minutes, and nearly no prior behind it. The test captions name (shape,
    colour) pairs that no training image shows.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("shapes", given="caption")

    def trained(family: str, share: float | None = None, minutes: float = 15.0, **options):
        name, numbers = options.get("preset", family), {"share": share} if share else None
        return run.fit(data, family, f"run-{name}", hyperparameters=numbers, minutes=minutes, **options)

    def codes(model) -> dict[str, float]:
        """What test images show after coding and decoding, and how evenly their codes use the entries."""
        used, test = perplexity(model, data), random_images(data.test, run.small(len(data.test), 32))
        found = shown(model.decode(model.encode(test, given={})), test.given["caption"])
        return found | {"perplexity": used.value, "perplexity se": used.se}

    def halves(model) -> dict[str, float]:
        """Shares of known codes and pixels that stay as they are, where captions and upper halves are completed."""
        prior, test = model.family.priors[0], random_images(data.test, min(completed, samples))
        known = np.zeros(test.shape, bool)
        known[:, : test.shape[1] // 2] = True
        found, fill = [], prior.fill

        def watched(codes: torch.Tensor, whole: torch.Tensor, *more, **options) -> torch.Tensor:
            drawn = fill(codes, whole, *more, **options)
            found.append((drawn == codes)[whole])
            return drawn

        prior.fill = watched
        filled = model.complete(test, known, given={"caption": test.given["caption"]}, seed=0)
        del prior.fill
        same = (np.asarray(filled) == np.asarray(test))[known].mean()
        return {"codes": float(torch.cat(found).float().mean()), "pixels": float(same)} | shown(
            filled, test.given["caption"]
        )

    model = trained("dall-e", 5.0 / 15.0)
    score = lambda model, **options: scores(model, data, samples, **options)
    parts = {
        "nearest": run.kept("nearest", lambda: codes(model)),
        "gumbel": run.kept("gumbel", lambda: codes(trained("dall-e", 0.95, 5.0 / 0.95, preset="gumbel"))),
        "halves": run.kept("halves", lambda: halves(model)),
        "dall-e": run.kept("dall-e", lambda: score(model, guidance=GUIDANCE)),
        "vq-vae": run.kept("vq-vae", lambda: score(trained("vq-vae"), guidance=GUIDANCE)),
        "bootstrap": run.kept("bootstrap", lambda: score(run.fit(data, "bootstrap"))),
    }
    rows = []
    for (part, key), plan in DALL_E.items():
        if part in parts:
            rows.append(plan.row(parts[part][key], parts[part].get(f"{key} se")))
            continue
        own, other, times = parts["dall-e"], parts[key], OTHERS[key]
        se = float(np.hypot(own[f"{part} se"], times * other[f"{part} se"]))
        rows.append(plan.row(own[part] - times * other[part], se, **{"dall-e": own[part], key: other[part]}))
    return rows, parts


# ---------------------------------------------------------------------- DALL-E 2

GUIDANCES, STRENGTHS = (1.0, 2.0, 3.0), (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
CHOSEN, RANKED, BEST, PAIRS, STEPS, EDITS = 200, 500, 8, 100, 8, 400
REACHED, GAIN, BOTH = 0.95, 0.05, ("dall-e", "unclip")
BY_RULE, OF_PAIRS = f"of {SAMPLES:,} samples, by rule", f"{PAIRS} pairs of test images"
EACH, OTHERS_OF = f"of {EDITS} edits of each, by rule", f"of {3 * EDITS} edits, by rule"
UNCLIP = plans(
    {
        "all": ("unclip less dall-e: all four right", BY_RULE, "> 0", {"sides": BOTH}),
        "pair": ("unclip: shape and colour right", BY_RULE, "shown"),
        "falls": (f"interpolation in {STEPS} images: similarity to the first never rises, of images encoded again",
                  f"of steps, {OF_PAIRS}", ">= 0.9"),
        "last": ("similarity of the last image of an interpolation to the first, 1 where nothing changes",
                 f"mean cosine, {OF_PAIRS}", "shown"),
        "shuffled": ("the same images in any order", f"of steps, {OF_PAIRS}", "shown"),
        ("edits", "asked"): ("edits by captions: the asked attribute right", EACH, ">= 0.6"),
        ("edits", "kept"): ("edits by captions: each other attribute kept, least of four", OTHERS_OF, ">= 0.8"),
        ("unchanged", "asked"): ("nothing changed: the asked attribute right", EACH, "shown"),
        ("unchanged", "kept"): ("nothing changed: each other attribute kept, least of four", OTHERS_OF, "shown"),
        ("edits", "least asked"): ("edits by captions: the asked attribute right, least of four",
                                   f"of {EDITS} edits, by rule", "shown"),
        **{
            (key, family): (f"{family}: best of {BEST} by {what}, all four right{more}",
                            f"of {RANKED} samples, by rule", wanted, {"sides": ("best", "one")})
            for family in BOTH
            for key, what, more, wanted in (
                ("best", "the match run less one", f"; {GAIN:g} where {REACHED:g} is reached", f">= {GAIN}"),
                ("shuffled", "shuffled scores less one", "", "<= 0.03"),
            )
        },
    },
    system="G3", **SHAPES_TEST, budget="15 minutes of one core each, the match run of 5 counted", minutes=15.0,
)  # fmt: skip


class Shuffled(Predictor):
    """A match run whose images have each other's vectors."""

    def encode(self, data) -> np.ndarray:
        codes = super().encode(data)
        return codes if isinstance(data, list) else codes[np.random.default_rng(len(codes)).permutation(len(codes))]


@benchmark(plans=("UNCLIP",), tiny={"samples": 16})
def unclip(run: Run, samples: int = SAMPLES) -> Result:
    """unCLIP on `shapes`: samples from captions, interpolation, edits by captions, and the best of eight samples.

    `clip` trains for five minutes of one core and `unclip` for ten more with its towers; `dall-e` trains for fifteen.
    The test captions name (shape, colour) pairs that no training image shows, which no run has seen. Guidance and the
    strength of edits are chosen on validation items.
    """
    torch.set_num_threads(1)
    few = lambda n: min(n, samples)
    data = genwright.load_data("shapes", given="caption")
    task = task_of(genwright.load_data("shapes", task="match"), "match")
    match_run = run.fit(task, "clip", "match", task="match", minutes=5.0)
    models = {
        "unclip": run.fit(data, "unclip", "unclip", minutes=10.0, match=run.folder / "match"),
        "dall-e": run.fit(data, "dall-e", "dall-e", minutes=15.0),
    }
    best, parts = lambda tried: float(max(tried, key=tried.get)), {}  # the first of several
    for name, model in models.items():
        tried = lambda: {str(g): scores(model, data, few(CHOSEN), "valid", guidance=g)["all"] for g in GUIDANCES}
        parts[f"guidance {name}"] = run.kept(f"guidance-{name}", tried)
        guidance = best(parts[f"guidance {name}"])
        ask = lambda n, **options: scores(model, data, few(n), guidance=guidance, **options)

        def ranked() -> dict[str, float]:
            """All four right of one sample of each caption, of the best by the match run, and by shuffled scores."""
            several = {"best": match_run, "shuffled": Shuffled(**vars(match_run))}
            found = {"one": ask(RANKED)} | {key: ask(RANKED, best_of=BEST, rerank=by) for key, by in several.items()}
            apart = lambda part: float(np.hypot(part["all se"], found["one"]["all se"]))
            return {key: p["all"] for key, p in found.items()} | {f"{key} se": apart(p) for key, p in found.items()}

        parts[name] = run.kept(f"samples-{name}", lambda: ask(SAMPLES))
        parts[f"ranked {name}"] = run.kept(f"ranked-{name}", ranked)
    model, reach = models["unclip"], lambda f: min(f["asked"] / 0.6, f["kept"] / 0.8)
    strengths = lambda: {str(s): reach(edit(model, data.valid, few(CHOSEN // 4), s)) for s in STRENGTHS}
    parts["way"] = run.kept("way", lambda: way(model, data, few(PAIRS)))
    parts["strengths"] = run.kept("strengths", strengths)
    parts["edits"] = run.kept("edits", lambda: edit(model, data.test, few(EDITS), best(parts["strengths"])))
    parts["unchanged"] = run.kept("unchanged", lambda: edit(None, data.test, few(EDITS), 0.0))
    own, other = parts["unclip"], parts["dall-e"]
    sides, se = {"unclip": own["all"], "dall-e": other["all"]}, float(np.hypot(own["all se"], other["all se"]))
    rows = [UNCLIP["all"].row(own["all"] - other["all"], se, **sides), UNCLIP["pair"].row(own["pair"], own["pair se"])]
    rows += [UNCLIP[key].row(parts["way"][key], parts["way"].get(f"{key} se")) for key in ("falls", "last", "shuffled")]
    for (part, key), plan in list(UNCLIP.items())[5:]:
        if part in parts:
            rows.append(plan.row(parts[part][key]))
            continue
        found = parts[f"ranked {key}"]
        gain = found[part] - found["one"]
        gain = max(gain, GAIN) if part == "best" and found[part] >= REACHED else gain
        rows.append(plan.row(gain, found[f"{part} se"], best=found[part], one=found["one"]))
    return rows, parts


def way(model, data: Data, pairs: int) -> dict[str, float]:
    """Of the images on the way from one test image to another, encoded again: in how many steps the similarity to the
    first does not rise; and the same in any order."""
    ends, rng = random_images(data.test, 2 * pairs), np.random.default_rng(0)
    falling, found = lambda near: (np.diff(near) <= 0).mean(), []
    for a, b in zip(range(pairs), range(pairs, 2 * pairs)):
        codes = model.encode(model.interpolate(ends[a : a + 1], ends[b : b + 1], steps=STEPS))
        codes /= np.linalg.norm(codes, axis=1, keepdims=True)
        near = codes @ codes[0]
        found.append((falling(near), near[-1], falling(rng.permutation(near))))
    falls, last, shuffled = np.array(found, float).T
    means = {"falls": falls, "last": last, "shuffled": shuffled}
    return {name: float(np.mean(each)) for name, each in means.items()} | {"falls se": se_of(falls)}


def edit(model, part: Pictures, n: int, strength: float) -> dict[str, float]:
    """Of n edits of each attribute to another value of it: whether that is right, and each other one as it was. model:
    None for images that stay as they are."""
    right, rng = np.zeros((len(ATTRIBUTES), len(ATTRIBUTES))), np.random.default_rng(1)  # by asked and by looked at
    texts_of = lambda attributes: [str(text) for text in longest_first(captions(attributes))]
    for k, table in enumerate(ATTRIBUTES.values()):
        images = random_images(part, n)
        before = parse_captions(images.given["caption"])
        after = before.copy()
        after[:, k] = (after[:, k] + rng.integers(1, len(table), n)) % len(table)
        texts = {"source": texts_of(before), "target": texts_of(after)}
        made = images if model is None else model.edit(images, **texts, strength=strength)
        right[k] = (read_attributes(np.asarray(made)) == after).mean(0)
    asked = right.diagonal()
    kept = (right.sum(0) - asked) / (len(right) - 1)
    return {"asked": float(asked.mean()), "least asked": float(asked.min()), "kept": float(kept.min())}


# ---------------------------------------------------------------------- DALL-E 3

LONG, TOLD, LONG_MINUTES = (0.0, 0.5, 0.95), 500, 10.0  # shares of long captions, samples, minutes of each training
LENGTHS = {"short": ("pair", WORDS["pair"]), "full": ("all", WORDS["all"])}  # of prompts
RECAPTIONS = plans(
    {
        (size, share): (f"flow-matching, {share:.0%} long captions, {size} prompts: {words}",
                        f"of {TOLD} samples at guidance {GUIDANCE:g}, by rule", "shown")
        for size, (_, words) in LENGTHS.items()
        for share in LONG
    } | {
        "gain": (f"full prompts: {WORDS['all']}, {LONG[2]:.0%} long captions less none", OF_SAMPLES, ">= 0.2"),
        "kept": (f"short prompts: {WORDS['pair']}, {LONG[1]:.0%} long captions less none: as good", OF_SAMPLES, ">= 0",
                 {"margin": 0.05}),
    },
    system="G4", **SHAPES_TEST, budget=f"{LONG_MINUTES:g} minutes of one core each, in items", minutes=LONG_MINUTES,
)  # fmt: skip


@benchmark(plans=("RECAPTIONS",), tiny={"samples": 16})
def recaptions(run: Run, samples: int = TOLD) -> Result:
    """What long captions in training bring to long and to short prompts (Betker 2023, DALL-E 3).

    Flow matching trains on `shapes` three times, ten minutes of one core each. A caption is short ("a red star") or
    full ("a large red star on a grey ground"). The prompts name (shape, colour) pairs that no training image shows.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("shapes", given="caption")
    asked = captions(parse_captions(random_images(data.test, samples).given["caption"]))
    prompts = dict(zip(LENGTHS, (asked[:, 1], asked[:, 2])))

    def measured(share: float) -> dict[str, dict[str, float]]:
        model = run.fit(with_long(data, share), "flow-matching", f"run-{share:g}", minutes=LONG_MINUTES)
        draw = lambda texts: model.sample(len(texts), given={"caption": texts}, seed=0, guidance=GUIDANCE)
        return {size: shown(draw(texts), texts) for size, texts in prompts.items()}

    found = {share: run.kept(f"long {share:g}", lambda share=share: measured(share)) for share in LONG}
    value = {(size, share): found[share][size][LENGTHS[size][0]] for size in LENGTHS for share in LONG}
    error = {(size, share): found[share][size][f"{LENGTHS[size][0]} se"] for size in LENGTHS for share in LONG}
    none, half, most = LONG
    less = lambda size, share: (
        value[size, share] - value[size, none],
        float(np.hypot(error[size, share], error[size, none])),
    )
    rows = [RECAPTIONS[key].row(value[key], error[key]) for key in value]
    rows += [RECAPTIONS["gain"].row(*less("full", most)), RECAPTIONS["kept"].row(*less("short", half))]
    return rows, {f"{share:g}": each for share, each in found.items()}


def with_long(data: Data, share: float) -> Data:
    """The same images, of which training shows a full caption in this share, else a short one."""
    items = {}
    for part, images in data.items.items():
        texts = captions(parse_captions(images.given["caption"]))[:, 1:]
        told = in_array([texts_of(pair, (1 - share, share)) if share else pair[0] for pair in texts])
        items[part] = Pictures(images, {"caption": told})
    return replace(data, items=items, encoded={}, content=f"{data.hash}-{share:g}")


# ---------------------------------------------------------------------- images from words

FAMILIES = ("flow-matching", "latent-diffusion")
USUAL, FEW, MANY = 12, 6, 25  # steps of a sampler
UNTRAINED = dict(budget="none", minutes=0.0)
WORDS_PLANS = plans(
    {
        **{(family, key): (f"{family}, {USUAL} steps: {WORDS[key]}", OF_SAMPLES, f">= {least}")
           for family in FAMILIES for key, least in (("pair", 0.5), ("all", 0.4))},
        **{(family, "steps"): (f"{family}: all four right, {MANY} steps less {FEW}", OF_SAMPLES, "<= 0.05",
                               {"sides": (f"{FEW} steps", f"{MANY} steps")}) for family in FAMILIES},
        "bootstrap": ("bootstrap, nearest training caption: all four right", OF_SAMPLES, "shown", UNTRAINED),
        "apart": ("attributes guessed apart: all four right", OF_SAMPLES, "shown", UNTRAINED),
        "real": ("alignment of real test images", "alignment", ">= 0.9", UNTRAINED),
        "shuffled": ("alignment of real test images less chance, captions shuffled", "alignment", "<= 0.02",
                     {"sides": ("shuffled", "chance")} | UNTRAINED),
        "kappa": ("rule and matching networks on 500 samples, a third with a wrong caption: Cohen's kappa", "kappa",
                  ">= 0.6"),
        "families": ("trained image families that neither take a caption nor are named with a reason", "families",
                     "<= 0", {"data": "the registry", "split": "none", "sides": ("take", "named", "all")} | UNTRAINED),
    },
    system="G5", **SHAPES_TEST, budget="15 minutes of one core", minutes=15.0,
)  # fmt: skip


@benchmark(plans=("WORDS_PLANS",), tiny={"samples": 16})
def words(run: Run, samples: int = SAMPLES) -> Result:
    """Images from words: how often a model shows what a caption asks for, in combinations that it never saw.

    Models train on `shapes` for fifteen minutes of one core each. The test captions name (shape, colour) pairs that no
    training image shows.
    """
    torch.set_num_threads(1)
    data, parts, rows = genwright.load_data("shapes", given="caption"), {}, []
    trained = lambda family: run.fit(data, family, f"run-{family}", minutes=15.0)

    def score(model, steps: int | None = None) -> dict[str, float]:
        """Shares of samples that show what test captions ask for, by rule, with their standard errors."""
        given = random_images(data.test, samples).given
        drawn = model.sample(samples, given=given, seed=0, **{"steps": steps, "guidance": GUIDANCE} if steps else {})
        return valued(measure(np.asarray(drawn), given, data.train.given))

    for family in FAMILIES:
        for steps in (USUAL, FEW, MANY):
            if steps == USUAL or parts[f"{family}-{USUAL}"]["all"] >= WORDS_PLANS[family, "all"].least:
                parts[f"{family}-{steps}"] = run.kept(f"{family}-{steps}", lambda: score(trained(family), steps))
    parts["bootstrap"] = run.kept("bootstrap", lambda: score(run.fit(data, "bootstrap")))
    parts["real"] = run.kept("real", lambda: align_real(data))
    parts["kappa"] = run.kept("kappa", lambda: kappa(trained(FAMILIES[0]), data, min(500, samples)))
    parts["families"] = run.kept("families", caption_families)
    for family in FAMILIES:
        few, usual, many = (parts.get(f"{family}-{steps}") for steps in (FEW, USUAL, MANY))
        rows += [WORDS_PLANS[family, key].row(usual[key], usual[f"{key} se"]) for key in ("pair", "all")]
        if many:  # a model that draws nothing draws it with few steps as well
            sides = {f"{FEW} steps": few["all"], f"{MANY} steps": many["all"]}
            rows.append(WORDS_PLANS[family, "steps"].row(many["all"] - few["all"], **sides))
    real, taking = parts["real"], parts["families"]
    named = {"take": len(taking["take"]), "named": len(taking["named"]), "all": taking["all"]}
    sides = {side: real[side] for side in ("shuffled", "chance")}
    return [
        *rows,
        WORDS_PLANS["bootstrap"].row(parts["bootstrap"]["all"], parts["bootstrap"]["all se"]),
        WORDS_PLANS["apart"].row(real["apart"]),
        WORDS_PLANS["real"].row(real["real"], real["se"]),
        WORDS_PLANS["shuffled"].row(abs(real["shuffled"] - real["chance"]), **sides),
        WORDS_PLANS["kappa"].row(parts["kappa"]["kappa"]),
        WORDS_PLANS["families"].row(named["all"] - named["take"] - named["named"], **named),
    ], parts


def align_real(data: Data) -> dict:
    """Alignment of real test images with their captions, and with those of others."""
    suite, texts = captioned_images.Suite(data), data.test.given["caption"]
    align = lambda images: suite.measure(Drawn(images), only=suite.LOOKED).metrics["alignment"]
    test = suite.data.test[: suite.n]
    others = test[np.arange(len(test))]
    others.given = test.given | {"caption": np.random.default_rng(0).permutation(test.given["caption"])}
    own, shuffled = align(test), align(others)
    apart = guessed_apart(parse_captions(texts), parse_captions(data.train.given["caption"]))["all"].value
    chance = 1 / len(np.unique(texts))
    return {"real": own.value, "se": own.se, "shuffled": shuffled.value, "chance": chance, "apart": apart}


def kappa(model, data: Data, judged: int) -> dict:
    """How far two judges agree on which samples show their caption, where a third of these carry another test caption:
    the rule, by all four attributes, and networks, by the nearest of all test captions."""
    given = random_images(data.test, judged).given
    samples = model.sample(judged, given=given, seed=0, steps=USUAL, guidance=GUIDANCE)
    every, rng, said = np.unique(data.test.given["caption"]), np.random.default_rng(0), given["caption"].copy()
    for k in range(len(said) // 3):
        said[k] = rng.choice(every[every != said[k]])
    by_rule = (read_attributes(np.asarray(samples)) == parse_captions(said)).all(1)
    scaled = lambda images: torch.from_numpy(np.asarray(images)).permute(0, 3, 1, 2).float() / 255
    taught = [data.train, data.valid]
    texts = np.concatenate([part.given["caption"] for part in taught])
    networks = Matcher(torch.cat([scaled(part) for part in taught]), texts, 0, ITEMS_SEEN)
    by_networks = every[networks(scaled(samples), every).argmax(1)] == said
    return {"kappa": float(cohen_kappa_score(by_rule, by_networks))}


def caption_families() -> dict:
    """Trained image families that take a caption, and those that the registry says cannot, with the reason."""
    x, texts = np.random.default_rng(0).integers(0, 256, (100, 8, 8)).astype(np.uint8), ["a cat", "two dogs"] * 50
    data, take, named = genwright.load_data((x, {"caption": texts}), given="caption"), [], {}
    every = registry.families("images", registry.GENERATE)
    for family in every:
        if why := registry.row("images", registry.GENERATE, family).refuses(data.domain.given):
            named[family] = why
            continue
        try:
            model = genwright.fit(data, family, items=64, preset="tiny", progress=False)
            model.sample(1, given={"caption": "a cat"}, seed=0)
            take.append(family)
        except genwright.GenwrightError as error:
            print(f"{family} takes no caption: {error}", flush=True)
    return {"take": take, "named": named, "all": len(every)}
