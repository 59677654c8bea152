"""One model that reads and writes words and images (row G6), on combinations that no training image shows. A rule reads
what an image of `shapes` shows."""

from __future__ import annotations

import numpy as np
import torch
from bars import Run, benchmark, plans
from captions import GUIDANCE, random_images, scores, shown
from common import Result, in_turns, medians, se_of

import genwright
from genwright.kinds.images.pictures import Pictures
from genwright.kinds.named.shapes import ATTRIBUTES, QUESTIONS, SEEN_PAIRS, parse_captions

READ, DRAWN = 2_000, 1_000  # images that are read, and drawn
EYES = {"large": "codes and eye", "own": "the eye alone", "codes": "codes alone, as in VILA-U"}
CODEC_MINUTES, MINUTES = 5.0, 15.0
ANSWERS = {"shape": ">= 0.8", "colour": ">= 0.98", "size": ">= 0.95", "ground": ">= 0.98"}
OF_READ, OF_DRAWN = f"of {READ:,} images", f"of {DRAWN:,} samples at guidance {GUIDANCE:g}, by rule"
PLANS = plans(
    {
        ("large", "codec"): ("codes of images: all four attributes right after decoding", OF_READ, ">= 0.95"),
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
        ("speed", "same"): ("five questions at once: answers equal to those of five calls", "of answers", ">= 1"),
        ("speed", "times"): ("five questions at once, against five calls", "times as fast", ">= 3"),
    },
    system="G6", data="shapes", split="test", seeds=(0,), minutes=CODEC_MINUTES + MINUTES,
    budget=f"{CODEC_MINUTES:g} minutes of one core for the codec, and {MINUTES:g} for each eye",
)  # fmt: skip


@benchmark(plans=("PLANS",), tiny={"read": 32, "drawn": 16})
def words_and_images(run: Run, read: int = READ, drawn: int = DRAWN) -> Result:
    """Captions, answers and drawings of `words-and-images` on `shapes`, with three ways to read an image.

    The codec trains for five minutes of one core. The transformer then trains for fifteen with each eye, on the same
    codec. The test images show (shape, colour) pairs that no training image shows.
    """
    torch.set_num_threads(1)
    data = genwright.load_data("shapes", given=["caption", "answers"])
    both = CODEC_MINUTES + MINUTES
    model = run.fit(
        data, "words-and-images", "large", preset="large", minutes=both, hyperparameters={"share": CODEC_MINUTES / both}
    )
    test = random_images(data.test, read)

    def reads(eye: str) -> dict[str, float]:
        own = {"preset": eye, "minutes": MINUTES, "codec": run.folder / "large"}
        return reading(model if eye == "large" else run.fit(data, "words-and-images", eye, **own), test)

    def draws() -> dict[str, float]:
        asked = random_images(data.test, drawn).given["caption"]
        made = model.sample(len(asked), given={"caption": asked}, seed=0, guidance=GUIDANCE)
        said = model.caption(np.asarray(made))["caption"].to_numpy() == asked
        return scores(model, data, drawn, guidance=GUIDANCE) | {"said": float(said.mean()), "said se": se_of(said)}

    def coded() -> dict[str, float]:
        found = shown(model.decode(model.encode(test, given={})), test.given["caption"])
        return {"codec": found["all"], "codec se": found["all se"]}

    pairs = [tuple(pair) in SEEN_PAIRS for pair in parse_captions(data.valid.given["caption"])[:, :2].tolist()]
    parts = {eye: run.kept(f"read-{eye}", lambda: reads(eye)) for eye in EYES}
    parts["seen"] = run.kept("seen", lambda: reading(model, data.valid[np.array(pairs)][:read]))
    parts["large"] |= run.kept("codec", coded)
    parts["drawn"] = run.kept("drawn", draws)
    parts["speed"] = run.kept("speed", lambda: speed(model, test[: min(read, 256)]))
    return [plan.row(parts[part][key], parts[part].get(f"{key} se")) for (part, key), plan in PLANS.items()], parts


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
