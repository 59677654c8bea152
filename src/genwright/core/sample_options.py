"""Sampling options: `SampleOptions` declares and describes each, and holds the ones that the user chose.

A family lists the options of its `sample` in `sample_options`, and those of its `fill` in `complete_options`. Both may
hold options of its own. The method has one argument per option, whose default is the value that the model was trained
with. It receives only the options that the user chose.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from math import inf, isfinite
from numbers import Integral, Real
from pathlib import Path
from typing import ParamSpec, TypeVar, get_args

from .arguments import described, show_keywords
from .errors import DataError, Unsupported, briefly_written
from .type_names import Options, UserItems

Given = ParamSpec("Given")
Result = TypeVar("Result")
TYPES = {
    int: (Integral, "a whole number"),
    float: (Real, "a finite number"),
    str: (str, "a name"),
    dict: (Mapping, "values of given variables, by name"),
    object: (object, "items in the form of the training data"),
    Path: (object, "a run"),
}
USUAL_STRENGTH = 0.6  # strength of a start, if none is named
TRAINED, RESAMPLE = "trained", "resample"


@dataclass(frozen=True)
class SampleOption:
    """One option of sampling: its name, type, range and words.

    Args:
        name: Its name in Python; `genwright` writes - for _.
        type: int, float or str; dict for a condition; object for items; Path for a run.
        help: What it does, as a phrase.
        above: Bound that a number must exceed.
        least: Least number.
        most: Largest number.
        choices: The names that a str may be. Default: any.
    """

    name: str
    type: type
    help: str
    above: float = -inf
    least: float = -inf
    most: float = inf
    choices: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """The range, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        bounds = {"above": self.above, "at least": self.least, "at most": self.most}
        range_text = [f"{word} {bound:g}" for word, bound in bounds.items() if isfinite(bound)]
        return " ".join([TYPES[self.type][1], " and ".join(range_text)]).strip()

    def read(self, text: str) -> object:
        """Parses the typed text as a value; the text itself if it is no such value, which `check` then refuses.

        Args:
            text: What was typed.
        """
        try:
            return self.type(text)
        except ValueError:
            return text

    def check(self, value: object) -> None:
        """Raises DataError, with the name and the range, for a value of another type or out of range.

        Args:
            value: The value.
        """
        right = isinstance(value, TYPES[self.type][0]) and not isinstance(value, bool)
        if right and self.type in (int, float):
            right = -inf < value < inf and self.above < value and self.least <= value <= self.most
        if right and self.choices:
            right = value in self.choices
        if not right:
            raise DataError(f"{self.name} must be {self.range}, not {value!r}")


def sampler_among(names: Iterable[str]) -> SampleOption:
    """Returns the option `sampler` of a family that has these samplers."""
    return replace(SAMPLER, choices=tuple(names))


def common_options(option_sets: Iterable[tuple[SampleOption, ...]]) -> tuple[SampleOption, ...]:
    """Returns the options that each of several families takes."""
    first, *other_options = option_sets
    return tuple(option for option in first if all(option in options for options in other_options))


def shows_sampling(
    options: Iterable[SampleOption], accepts_others: bool = True
) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Decorates a verb so that its signature and docstring show the sampling options that its ** takes, each by
    name.

    Args:
        options: The options.
        accepts_others: Whether the verb takes options of a family of your own too.
    """
    rows = [(one.name, one.type, TEXTS[one.name]) for one in options]
    return lambda verb: show_keywords(verb, rows, accepts_others)


@dataclass(frozen=True, repr=False)
class SampleOptions:
    """Options of `sample` and `complete`. None keeps the setting that the model was trained with.

    Args:
        steps: Steps of the sampler: more are slower and more accurate.
        sampler: Method that removes the noise, such as heun.
        guidance: Strength of the condition: 1 is the model itself, more exaggerates. It exaggerates the condition
            against the condition `against` or, without it, against no condition.
        against: Negative condition, in the form of given: guidance steers away from it (no condition).
        guidance_rule: Rule by which guidance steers: linear (the default), or one of your own.
        start: Items to start from, such as a sketch. Sample i of n resembles item i mod k of k. Labels and captions of
            a start are ignored; without `given`, there is no condition.
        strength: 0 returns the start, 1 ignores it (0.6).
        like: Images to vary: samples show the same content anew. Sample i of n varies image i mod k of k, in families
            with an embedding of images.
        canvas: Side in pixels of larger images, of which every square of the size of the training images looks like one
            of them, such as a texture. It is a multiple of their side, and its opposite edges fit together.
        temperature: Divisor of the log-probabilities at each position: below 1 favours likely values. It acts before
            `top_k` and `top_p`; all three are for families that sample one value after another.
        top_k: Sample from the k likeliest values at each position.
        top_p: Sample from the likeliest values that hold this share of the mass.
        method: How to complete: as trained, or by resampling. "trained" shows the network the known part; "resample"
            (RePaint, Lugmayr 2022) works without training for it. Default: None, "trained" if the model was trained for
            it. Only for `complete`, of families that remove noise.
        best_of: Sample so many of each image and keep the one that fits its caption best. `.method` says by which run,
            and what that gained. Only for `sample`.
        rerank: Run of the task match that says how well an image fits its caption.
        own: {name: value} of options that the family declares itself.

    Raises DataError for a value out of range, for `against` or `guidance_rule` without a guidance other than 1, for
    `strength` without `start`, and for one of `best_of` and `rerank` without the other.
    """

    steps: int | None = None
    sampler: str | None = None
    guidance: float | None = None
    against: dict | None = None
    guidance_rule: str | None = None
    start: UserItems | None = None
    strength: float | None = None
    like: UserItems | None = None
    canvas: int | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    method: str | None = None
    best_of: int | None = None
    rerank: Path | object = None
    own: Mapping[str, object] | None = None

    def __post_init__(self):
        for option in (*SHARED, *RANKED):
            if (value := getattr(self, option.name)) is not None:
                option.check(value)
        if self.guidance in (None, 1):
            for name in (AGAINST.name, GUIDANCE_RULE.name):
                if getattr(self, name) is not None:
                    raise DataError(f"{name} needs a guidance other than 1, which steers samples: pass guidance too")
        if self.strength is not None and self.start is None:
            raise DataError("strength needs a start (the items that samples resemble): pass start too")
        if self.best_of is not None and self.rerank is None:
            raise DataError("best_of needs a run that matches images with texts to choose by: pass rerank too")
        if self.rerank is not None and self.best_of is None:
            raise DataError("rerank needs to know how many draws of each item it chooses from: pass best_of too")

    def __repr__(self) -> str:
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        chosen_words = [f"{name}={briefly_written(value)}" for name, value in values.items() if value is not None]
        return f"SampleOptions({', '.join(chosen_words)})"

    def with_chosen(self, further_options: Mapping[str, object]) -> "SampleOptions":
        """Returns a copy with further options by name, including those that a family declares itself.

        Args:
            further_options: {name: value} of the further options.
        """
        shared_names = {option.name for option in (*SHARED, *RANKED)}
        own_options = {name: value for name, value in further_options.items() if name not in shared_names}
        return replace(
            self,
            **{k: v for k, v in further_options.items() if k in shared_names},
            own={**(self.own or {}), **own_options} or None,
        )

    @property
    def for_each_draw(self) -> "SampleOptions":
        """Returns the options of each single sample, if `best_of` chooses among several."""
        return replace(self, best_of=None, rerank=None)

    @property
    def chosen(self) -> Options:
        """Returns {name: value} of the options of each sample that are set, and the strength if there is a start."""
        shared_options = {option.name: getattr(self, option.name) for option in SHARED}
        if self.start is not None and self.strength is None:
            shared_options["strength"] = USUAL_STRENGTH
        return {name: value for name, value in {**shared_options, **(self.own or {})}.items() if value is not None}

    def select_supported(
        self,
        takes: Iterable[SampleOption],
        who: str,
        peers: Callable[[str], list[str]] | None = None,
        lacks: Mapping[str, str] | None = None,
    ) -> Options:
        """Returns the options that are set, {name: value}, checked against those that a model takes.

        Args:
            takes: The options that the model takes.
            who: The verb and the model, such as "sample of a vae", for errors.
            peers: peers(name) -> families that take the option, for errors. Default: None.
            lacks: {name: why there is no such option}, for errors. Default: None.

        Raises Unsupported, with the list of `takes` and the peers, for an option that is not among them, and for
        `best_of`. Raises DataError for a value out of range.
        """
        if self.best_of is not None:
            raise Unsupported(f"{who} chooses among no draws here, as sample alone does: leave best_of and rerank out")
        options = {option.name: option for option in takes}
        for name, value in self.chosen.items():
            if name not in options:
                options_text = (
                    f"its sampling options are {', '.join(options)}" if options else "it has no sampling options"
                )
                if name in BY_STEPS and BY_STEPS.isdisjoint(options):
                    options_text = f"it does not sample in steps, and {options_text}"
                options_text = (lacks or {}).get(name, options_text)
                peer_names = ", ".join(peers(name)) if peers else ""
                instead = f", or fit a family that takes it: {peer_names}" if peer_names else ""
                raise Unsupported(f"{who} takes no {name}: {options_text}; leave {name} out{instead}")
            options[name].check(value)
        return self.chosen


RANGES: dict[str, dict] = {  # {option: the values that it may have}
    "steps": {"least": 1, "most": 100_000},
    "strength": {"least": 0, "most": 1},
    "canvas": {"least": 1, "most": 2_048},
    "temperature": {"above": 0},
    "top_k": {"least": 1},
    "top_p": {"above": 0, "most": 1},
    "method": {"choices": (TRAINED, RESAMPLE)},
    "best_of": {"least": 2, "most": 1_000},
}
TEXTS = described(SampleOptions)


def _row(name: str, annotation: object) -> SampleOption:
    """The option that a field of `SampleOptions` declares."""
    kind = next((one for one in get_args(annotation) if one in TYPES), object)
    return SampleOption(name, kind, TEXTS[name].partition(". ")[0].rstrip("."), **RANGES.get(name, {}))


ROWS = [_row(field.name, field.type) for field in fields(SampleOptions) if field.name != "own"]
STEPS, SAMPLER, GUIDANCE, AGAINST, GUIDANCE_RULE, START, STRENGTH, LIKE_IMAGES, CANVAS, *_ = ROWS
*_, TEMPERATURE, TOP_K, TOP_P, METHOD, BEST_OF, RERANK = ROWS
GUIDED = GUIDANCE, AGAINST
RULED = *GUIDED, GUIDANCE_RULE
STARTED = START, STRENGTH
TRUNCATED = TEMPERATURE, TOP_K, TOP_P
BY_STEPS = {STEPS.name, SAMPLER.name}  # options of families that sample in steps
RANKED = BEST_OF, RERANK  # options of `Model.sample`, whatever the family
SHARED = tuple(one for one in ROWS if one not in RANKED)
OF_SAMPLE = tuple(one for one in ROWS if one != METHOD)
OF_COMPLETE = tuple(one for one in SHARED if one not in (*STARTED, LIKE_IMAGES, CANVAS))
OF_PROGRESS = STEPS, SAMPLER, *STARTED


@dataclass(frozen=True)
class Effort:
    """The cost of one sample: steps of its samplers, and calls of a network.

    Args:
        sampler: its name, if there is a choice.
    """

    steps: int
    network_calls: int
    sampler: str = ""

    def __add__(self, other: "Effort") -> "Effort":
        sampler = self.sampler if self.sampler == other.sampler else ""
        return Effort(self.steps + other.steps, self.network_calls + other.network_calls, sampler)

    def __str__(self) -> str:
        of = f" of {self.sampler}" if self.sampler else ""
        return f"{self.steps:,} steps{of}, {self.network_calls:,} network calls"


def total(efforts: Iterable[Effort | None]) -> Effort | None:
    """Sums several costs, one after another; None if none of them takes steps."""
    first, *other_efforts = [effort for effort in efforts if effort] or [None]
    return sum(other_efforts, first) if other_efforts else first
