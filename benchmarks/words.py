"""One model that reads and writes words and images (row G6), on combinations that no training image shows. A rule reads
what an image of `shapes` shows."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from bars import Run, benchmark, plans
from captions import GUIDANCE, random_images, scores, shown
from common import Result, in_turns, medians, se_of, valued

import genwright
from genwright import Model
from genwright.kinds.images.pictures import Pictures
from genwright.kinds.named.shapes import ATTRIBUTES, QUESTIONS, SEEN_PAIRS, parse_captions
from genwright.measure.metrics.shapes_rule import measure_edits

READ, DRAWN = 2_000, 1_000  # images that are read, and drawn
EYES = {"large": "codes and eye", "own": "the eye alone", "codes": "codes alone, as in VILA-U"}
CODEC_MINUTES, MINUTES = 5.0, 15.0
CODEC_SHARE = 0.95  # of the training that the codec is taken from
ANSWERS = {"shape": ">= 0.8", "colour": ">= 0.98", "size": ">= 0.95", "ground": ">= 0.98"}
OF_EDITS, EDITS = f"of {DRAWN:,} edits, by rule", {"data": "shapes-edits"}
OF_READ, OF_DRAWN = f"of {READ:,} images", f"of {DRAWN:,} samples at guidance {GUIDANCE:g}, by rule"
PLANS = plans(
    {
        ("codec", "all"): ("codes of images: all four attributes right after decoding", OF_READ, ">= 0.95"),
        **{("large", name): (f"answers on held-out pairs: {name}", OF_READ, bar) for name, bar in ANSWERS.items()},
        ("large", "captions"): ("captions on held-out pairs: every attribute right", OF_READ, ">= 0.75"),
        **{("seen", name): (f"answers on seen pairs: {name}", "of validation images", "shown") for name in ANSWERS},
        ("seen", "captions"): ("captions on seen pairs: every attribute right", "of validation images", "shown"),
        **{
            (eye, name): (f"images read by {what}: {name}", OF_READ, "shown")
            for eye, what in list(EYES.items())[1:]
            for name in ("shape", "captions")
        },
        ("drawn", "all"): ("drawing held-out pairs: all four right", OF_DRAWN, ">= 0.35"),
        ("drawn", "said"): ("captions of its own drawings equal to the prompt", OF_DRAWN, "shown"),
        ("edits", "changed"): ("edits of held-out pairs: the asked attribute right", OF_EDITS, ">= 0.6", EDITS),
        ("edits", "kept"): ("edits of held-out pairs: every other attribute kept", OF_EDITS, ">= 0.6", EDITS),
        ("edits", "outside"): ("edits of held-out pairs: mean change where the true edit changes nothing",
                               "share of the range", "<= 0.05", EDITS),
        ("speed", "same"): ("five questions at once: answers equal to those of five calls", "of answers", ">= 1"),
        ("speed", "times"): ("five questions at once, against five calls", "times as fast", ">= 3"),
    },
    system="G6", data="shapes", split="test", seeds=(0,), minutes=CODEC_MINUTES + MINUTES,
    budget=f"{CODEC_MINUTES:g} minutes of one core for the codec, and {MINUTES:g} for each eye",
)  # fmt: skip


@benchmark(plans=("PLANS",), tiny={"read": 32, "drawn": 16})
def words_and_images(
    run: Run, part: tuple[str, ...] = ("codec", "large", "own", "codes", "edits"), read: int = READ, drawn: int = DRAWN
) -> Result | None:
    """Captions, answers, drawings and edits of `words-and-images`, with three ways to read an image.

    codec: trains for five minutes of one core; mend it if its row misses. large, own, codes: fifteen minutes on that
    codec, one for each eye. edits: five minutes of a codec and fifteen more, on `shapes-edits`. The test images show
    (shape, colour) pairs that no training image shows.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("shapes", given=["caption", "answers"])
    test = random_images(data.test, read)
    pairs = [tuple(pair) in SEEN_PAIRS for pair in parse_captions(data.valid.given["caption"])[:, :2].tolist()]
    seen = data.valid[np.array(pairs)][:read]

    def codec() -> Model:
        own = {"minutes": CODEC_MINUTES / CODEC_SHARE, "hyperparameters": {"share": CODEC_SHARE}}
        model = run.fit(data, "words-and-images", "run-codec", preset="large", **own)
        if not (run.folder / "run-codec").exists():  # what measures a pace keeps no run
            model.save(run.folder / "run-codec")
        return model

    def trained(eye: str = "large") -> Model:
        codec()
        own = {"preset": eye, "minutes": MINUTES, "codec": run.folder / "run-codec"}
        return run.fit(data, "words-and-images", f"run-{eye}", **own)

    def kept() -> dict[str, float]:
        model = codec()
        return shown(model.decode(model.encode(test, given={})), test.given["caption"])

    def draws() -> dict[str, float]:
        model, asked = trained(), random_images(data.test, drawn).given["caption"]
        made = model.sample(len(asked), given={"caption": asked}, seed=0, guidance=GUIDANCE)
        said = model.caption(np.asarray(made))["caption"].to_numpy() == asked
        return scores(model, data, drawn, guidance=GUIDANCE) | {"said": float(said.mean()), "said se": se_of(said)}

    parts = {
        "codec": {"codec": kept},
        "large": {
            "large": lambda: reading(trained(), test),
            "seen": lambda: reading(trained(), seen),
            "drawn": draws,
            "speed": lambda: speed(trained(), test[: min(read, 256)]),
        },
        **{eye: {eye: partial(lambda eye: reading(trained(eye), test), eye)} for eye in list(EYES)[1:]},
        "edits": {"edits": lambda: edits(run, drawn)},
    }
    found = run.pieces(parts, part)
    if found is None:
        return None
    return [plan.row(found[piece][key], found[piece].get(f"{key} se")) for (piece, key), plan in PLANS.items()], found


def edits(run: Run, n: int) -> dict[str, float]:
    """What edits of n test images show, by rule, and how much they change where the true edit changes nothing."""
    data, both = genwright.load_data("shapes-edits"), CODEC_MINUTES + MINUTES
    own = {"preset": "large", "minutes": both, "hyperparameters": {"share": CODEC_MINUTES / both}}
    model, after = run.fit(data, "words-and-images", "run-edits", **own), random_images(data.test, n)
    before = after.given["before"]
    made = np.asarray(model.edit(before, list(after.given["caption"]), seed=0))
    same = (np.asarray(after) == before).all(3)
    away = (abs(made.astype(float) - before) / 255).mean(3)
    outside = np.array([pixels[still].mean() for pixels, still in zip(away, same) if still.any()])
    found = valued(measure_edits(made, after.given, {}))
    return found | {"outside": float(outside.mean()), "outside se": se_of(outside)}


def reading(model, images: Pictures) -> dict[str, float]:
    """Shares of right answers and of captions that are right in every attribute, with standard errors."""
    truth = parse_captions(images.given["caption"])
    said = model.answer(np.asarray(images), QUESTIONS)
    right = {
        name: said[question].to_numpy() == np.array(table)[truth[:, k]]
        for k, ((name, table), question) in enumerate(zip(ATTRIBUTES.items(), QUESTIONS))
    }
    right["captions"] = model.caption(np.asarray(images))["caption"].to_numpy() == images.given["caption"]
    means = {name: float(each.mean()) for name, each in right.items()}
    return means | {f"{name} se": se_of(each) for name, each in right.items()}


def speed(model, images: Pictures) -> dict[str, float]:
    """Whether five questions in one call are answered as in five calls, and how many times as fast."""
    questions, x = [*QUESTIONS, "which shape"], np.asarray(images)
    at_once, apart = lambda: model.answer(x, questions), lambda: [model.answer(x, [one]) for one in questions]
    same = np.mean([(at_once()[one] == alone[one]).mean() for one, alone in zip(questions, apart())])
    seconds = medians(in_turns({"at once": at_once, "apart": apart}, 5))
    return {"same": float(same), "times": seconds["apart"] / seconds["at once"]}
