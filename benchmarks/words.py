"""One model that reads and writes words and images (row G6), on combinations that no training image shows. A rule reads
what an image of `shapes` shows."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from bars import Run, benchmark, plans
from captions import GUIDANCE, random_images, shown
from common import Result, in_turns, medians, se_of, valued

import genwright
from genwright.kinds.formats.images.pictures import Pictures
from genwright.kinds.named.shapes import ATTRIBUTES, QUESTIONS, SEEN_PAIRS, parse_captions
from genwright.measure.intervals import proportion_se
from genwright.measure.metrics.shapes_rule import measure_edits

FAMILY = "words-and-images"
READ, DRAWN = 2_000, 1_000  # images that are read, and drawn
EYES = {"large": "codes and eye", "own": "the eye alone", "codes": "codes alone, as in VILA-U",
        "taught": "codes alone, of a codec that a matching run taught"}  # fmt: skip
CODEC_MINUTES, CODEC_SHARE, MATCH_MINUTES, MINUTES = 5.0, 0.95, 5.0, 15.0
ANSWERS = {"shape": ">= 0.8", "colour": ">= 0.98", "size": ">= 0.95", "ground": ">= 0.98"}
OF_READ, OF_DRAWN = f"of {READ:,} images", f"of {DRAWN:,} samples at guidance {GUIDANCE:g}, by rule"
OF_EDITS, EDITS = f"of {DRAWN:,} edits, by rule", {"data": "shapes-edits"}
OF_CODEC = {"minutes": CODEC_MINUTES, "budget": f"{CODEC_MINUTES:g} minutes of one core"}
RIGHT = "captions on {} pairs: every attribute right"
PLANS = plans(
    {
        ("codec", "all"): ("codes of images: all four attributes right after decoding", OF_READ, ">= 0.95", OF_CODEC),
        ("taught-codec", "all"): ("codes, a matching run teaching the codec: all four attributes right after decoding",
                                  OF_READ, "shown", OF_CODEC),
        **{("large", name): (f"answers on held-out pairs: {name}", OF_READ, bar) for name, bar in ANSWERS.items()},
        ("large", "captions"): (RIGHT.format("held-out"), OF_READ, ">= 0.75"),
        **{("seen", name): (f"answers on seen pairs: {name}", "of validation images", "shown") for name in ANSWERS},
        ("seen", "captions"): (RIGHT.format("seen"), "of validation images", "shown"),
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
    system="G6", data="shapes", split="test", seeds=(0,), minutes=MINUTES,
    budget=f"{MINUTES:g} minutes of one core, after {CODEC_MINUTES:g} for the codec",
)  # fmt: skip


@benchmark(plans=("PLANS",), tiny={"read": 32, "drawn": 16})
def words_and_images(
    run: Run, part: tuple[str, ...] = ("codec", "large", "own", "codes", "taught", "edits"), read: int = READ,
    drawn: int = DRAWN,
) -> Result:  # fmt: skip
    """Captions, answers, drawings and edits of `words-and-images`, with four ways to read an image.

    The test images show (shape, colour) pairs that no training image shows.

    codec: five minutes of one core; the other parts take its codec. large, own, codes: fifteen minutes each, read by
    codes and eye, by the eye alone, and by codes alone. `large` draws and is timed as well. taught: as codes, by a
    codec that a run of five minutes teaches, which matches images with texts. edits: five minutes of a codec and
    fifteen more, on `shapes-edits`.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("shapes", given=["caption", "answers"])
    test = random_images(data.test, read)

    @cache
    def codec(name: str = "codec"):
        options = {"preset": "large", "hyperparameters": {"share": CODEC_SHARE}}
        if name == "taught-codec":
            task = genwright.load_data("shapes", given="caption", task="match")
            run.fit(task, "clip", "run-match", task="match", minutes=MATCH_MINUTES)
            options["match"] = run.folder / "run-match"
        return run.fit(data, FAMILY, f"run-{name}", minutes=CODEC_MINUTES / CODEC_SHARE, **options)

    @cache
    def trained(eye: str):
        name, preset = ("taught-codec", "codes") if eye == "taught" else ("codec", eye)
        codec(name)
        return run.fit(data, FAMILY, f"run-{eye}", preset=preset, minutes=MINUTES, codec=run.folder / f"run-{name}")

    def coded(name: str = "codec") -> dict[str, float]:
        model = codec(name)
        return shown(model.decode(model.encode(test, given={})), test.given["caption"])

    def seen() -> dict[str, float]:
        pairs = [tuple(pair) in SEEN_PAIRS for pair in parse_captions(data.valid.given["caption"])[:, :2].tolist()]
        return reading(trained("large"), data.valid[np.array(pairs)][:read])

    def draws() -> dict[str, float]:
        model, asked = trained("large"), random_images(data.test, drawn).given["caption"]
        made = model.sample(len(asked), given={"caption": asked}, seed=0, guidance=GUIDANCE)
        said = model.caption(np.asarray(made))["caption"].to_numpy() == asked
        return shown(made, asked) | {"said": float(said.mean()), "said se": se_of(said)}

    parts = {"codec": {"codec": coded}, "edits": {"edits": lambda: edits(run, drawn)}}
    parts |= {eye: {eye: lambda eye=eye: reading(trained(eye), test)} for eye in EYES}
    parts["taught"] = {"taught-codec": lambda: coded("taught-codec")} | parts["taught"]
    parts["large"] |= {"seen": seen, "drawn": draws, "speed": lambda: speed(trained("large"), test[: min(read, 256)])}
    if (found := run.pieces(parts, part)) is None:
        return None
    return [plan.row(found[piece][key], found[piece].get(f"{key} se")) for (piece, key), plan in PLANS.items()], found


def edits(run: Run, n: int) -> dict[str, float]:
    """What edits of n test images show, by rule, and how much they change where the true edit changes nothing."""
    data, both = genwright.load_data("shapes-edits"), CODEC_MINUTES + MINUTES
    own = {"preset": "large", "minutes": both, "hyperparameters": {"share": CODEC_MINUTES / both}}
    model, after = run.fit(data, FAMILY, "run-edits", **own), random_images(data.test, n)
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
    return means | {f"{name} se": float(proportion_se(each.mean(), len(each))) for name, each in right.items()}


def speed(model, images: Pictures) -> dict[str, float]:
    """Whether five questions in one call are answered as in five calls, and how many times as fast."""
    questions, x = [*QUESTIONS, "which shape"], np.asarray(images)
    at_once, apart = lambda: model.answer(x, questions), lambda: [model.answer(x, [one]) for one in questions]
    same = np.mean([(at_once()[one] == alone[one]).mean() for one, alone in zip(questions, apart())])
    seconds = medians(in_turns({"at once": at_once, "apart": apart}, 5))
    return {"same": float(same), "times": seconds["apart"] / seconds["at once"]}
