"""Wants: wishes about properties, each a desirability in [0, 1], and together their weighted geometric mean.

    qed>=0.8   weight<=350   weight=300..350   tpsa=70+-10   2*qed>=0.8   runs/assay:active>=0.9   score>=8+-2

    desirability = 1 within the wish, exp(-(distance / tolerance)^2 / 2) beyond it       (after Derringer & Suich 1980)
    score        = exp(sum w log desirability / sum w)

A property is one of `genwright score`, the similarity to --like, a property that a run predicts, or the person's own
score. Behind +- stands the tolerance; each property has a usual one.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ...core.answers import Target
from ...core.errors import DataError, GivenError
from ...run.predictor import Predictor
from ..chemistry.fingerprints import nearest
from ..chemistry.measured import find_direction, positive_of
from ..chemistry.properties import TABLE
from ..measure.molecule_metrics import PROPERTIES, ReadMolecules, describe
from .oracle import Answer

SIMILARITY, SCORE, LOWER = "similarity", "score", ".low"
TOLERANCE = {SIMILARITY: 0.2} | {name: row.tolerance for name, row in TABLE.items()}  # usual ones
OF_CHANCE = 0.2  # the usual tolerance of a probability
WANT = re.compile(
    r"(?:(?P<weight>[\d.]+)\s*\*)?\s*(?P<name>[^<>=*]+?)\s*(?P<sign>[<>]=?|=)\s*(?P<low>[-+]?[\d.]+(?:e-?\d+)?)"
    r"(?:\s*\.\.\s*(?P<high>[-+]?[\d.]+(?:e-?\d+)?))?(?:\s*\+-\s*(?P<tolerance>[\d.]+))?\s*"
)
WINDOW = re.compile(r"(?<=\d)\.\.(?=[-+.\d])")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")


@dataclass(frozen=True)
class Want:
    """A wish that `name` lies within low .. high.

    Args:
        tolerance: None for the usual one of the property.
    """

    name: str
    low: float
    high: float
    tolerance: float | None = None
    weight: float = 1.0

    def desirability(self, values: np.ndarray) -> np.ndarray:
        """Computes desirabilities (n,) in [0, 1] of values (n,); 0 where a value is NaN."""
        excess = np.maximum(np.maximum(self.low - values, values - self.high), 0.0)
        return np.nan_to_num(np.exp(-0.5 * (excess / self.tolerance) ** 2))


def parse_want(text: str) -> Want:
    """Raises GivenError for a text that is no wish, and for an empty window."""
    wish = WANT.fullmatch(WINDOW.sub(" .. ", text))
    if not wish or not all(wish[key] is None or NUMBER.fullmatch(wish[key]) for key in ("low", "high")):
        raise GivenError(f'{text!r} is no wish: write it as in "qed>=0.8", "weight=300..350" or "tpsa=70+-10"')
    try:
        low, high = float(wish["low"]), None if wish["high"] is None else float(wish["high"])
        tolerance = None if wish["tolerance"] is None else float(wish["tolerance"])
        weight = float(wish["weight"] or 1.0)
    except ValueError:
        raise GivenError(f'{text!r} holds no number that can be read: write it as in "2*qed>=0.8"') from None
    if high is not None and (wish["sign"] != "=" or high < low):
        raise GivenError(f'the window of {text!r} is empty: write the smaller end first, as in "weight=300..350"')
    if not weight > 0 or tolerance == 0:
        raise GivenError(f'{text!r} has a weight or a tolerance of 0: choose one above 0, as in "2*tpsa=70+-10"')
    at_least, at_most = (low, math.inf), (-math.inf, low)
    ends = {">=": at_least, ">": at_least, "<=": at_most, "<": at_most, "=": (low, low if high is None else high)}
    return Want(wish["name"].strip(), *ends[wish["sign"]], tolerance, weight)


def require_compatible(wants: Sequence[Want]) -> None:
    """Raises GivenError for two wishes about one property that nothing can meet."""
    for k, want in enumerate(wants):
        for other_want in wants[:k]:
            if want.name == other_want.name and max(want.low, other_want.low) > min(want.high, other_want.high):
                raise GivenError(
                    f"two wishes about {want.name} contradict each other ({_describe_want(other_want)} and "
                    f"{_describe_want(want)}): drop one of them"
                )


class Objective:
    """The objective of a search: a person's score, wishes, or both. With both, one wish must name the score.

    Args:
        score: answers a list of SMILES, None with wishes alone or with a run.
        run: `FOLDER:PROPERTY`, a prediction that is the score.
        lower_is_better: of that prediction, as in `find_direction`.
        lead_molecules: SMILES to be similar to.
        open_run: the predictor of a folder.

    Raises GivenError for wishes about unknown properties, or wishes that do not go together; DataError for no objective
    at all.
    """

    def __init__(
        self,
        score: Callable[[list[str]], list[Answer]] | None,
        wants: Sequence[Want],
        lead_molecules: Sequence[str] = (),
        open_run: Callable[[Path], Predictor] | None = None,
        run: str = "",
        lower_is_better: bool | None = None,
    ):
        require_compatible(wants)
        self.score, self.like, self.ranking = score, lead_molecules, ""
        has_score = score is not None or bool(run)
        if not has_score and not wants:
            raise DataError('nothing says what is wanted: name a --score, or a --want such as "qed>=0.8"')
        if has_score and wants and all(want.name != SCORE for want in wants):
            raise GivenError(
                'beside a score, one wish is about the score: add --want "score>=8+-2", with a score that would be '
                "enough, and a tolerance"
            )
        compute_property = lambda name: lambda smiles: describe(smiles, ("properties",), processes=1).property(name)
        self._properties = {name: compute_property(name) for name in PROPERTIES}
        if lead_molecules:
            self._properties[SIMILARITY] = partial(_similarity, describe(list(lead_molecules), ("fingerprints",)))
        self._runs: dict[str, Predictor] = {}
        self._open_run = open_run
        self._ranked_want = self._ranking(run, lower_is_better) if run else None
        self.wants = [self._understood(want, has_score) for want in wants]
        names = list(dict.fromkeys(want.name for want in self.wants if want.name != SCORE))
        self.columns = [SCORE_GIVEN] * (has_score and bool(wants))
        self.columns += [*names, *(f"{name} desirability" for name in _labels(self.wants))]

    def __call__(self, smiles: list[str]) -> list[Answer]:
        """Answers in the order of the SMILES."""
        scores = self._scored(smiles)
        if not self.wants:
            return scores
        raw = np.array([math.nan if answer.score is None else answer.score for answer in scores])
        values = {want.name: raw if want.name == SCORE else self._properties[want.name](smiles) for want in self.wants}
        desirabilities = np.stack([want.desirability(values[want.name]) for want in self.wants])
        weights = np.array([want.weight for want in self.wants])
        with np.errstate(divide="ignore"):
            total = np.exp(weights @ np.log(desirabilities) / weights.sum())
        answers = []
        for k, answer in enumerate(scores):
            details = {SCORE_GIVEN: float(raw[k])} if SCORE_GIVEN in self.columns else {}
            details |= {name: float(column[k]) for name, column in values.items() if name != SCORE}
            details |= {f"{name} desirability": float(d[k]) for name, d in zip(_labels(self.wants), desirabilities)}
            answers.append(Answer(None if answer.error else float(total[k]), details, answer.error))
        return answers

    def describe(self) -> list[str]:
        """Returns lines that explain the columns beside the score."""
        sentences = [f"{SCORE_GIVEN}: what the score said"] if SCORE_GIVEN in self.columns else []
        sentences += [self.ranking] * bool(self.ranking)
        sentences += [self._value(name) for name in dict.fromkeys(w.name for w in self.wants) if name != SCORE]
        return sentences + [
            f"{label} desirability: 1 where {_describe_want(want)}, less beyond it (tolerance {want.tolerance:g}, "
            f"weight {want.weight:g})"
            for label, want in zip(_labels(self.wants), self.wants)
        ]

    def _value(self, name: str) -> str:
        """Line about the column of a property."""
        if name in (*PROPERTIES, SIMILARITY) or not self._split_name(name)[2].classes:
            return f"{name}: its value"
        *_, target, word, lower_is_better = self._split_name(name)
        chosen_class = _wished_class(target, word)
        return f"{name}: the probability that `{target.name}` is {chosen_class}{', its lower end' * lower_is_better}"

    def _scored(self, smiles: list[str]) -> list[Answer]:
        if self._ranked_want is not None:
            return [
                Answer(float(value)) if math.isfinite(value) else Answer(None, error="the run predicted no number")
                for value in self._ranked_want(smiles)
            ]
        return [Answer(0.0) for _ in smiles] if self.score is None else self.score(smiles)

    def _understood(self, want: Want, has_score: bool) -> Want:
        """The want with a tolerance, its property among those that can be computed."""
        if want.name == SCORE and has_score:
            if want.tolerance is None:
                raise GivenError('a wish about the score needs a tolerance: write it as in "score>=8+-2"')
            return want
        if want.name in self._properties:
            return replace(want, tolerance=want.tolerance or TOLERANCE[want.name])
        if ":" not in want.name:
            known = ", ".join([*self._properties, *[SCORE] * has_score])
            raise GivenError(
                f"there is no property {want.name!r} to wish for: choose one of {known}, or RUN:PROPERTY of a trained "
                "model" + " (similarity needs --like)" * (want.name == SIMILARITY)
            )
        self._properties[want.name], usual_scale = self._prediction(want.name)
        if not (want.tolerance or usual_scale):
            raise GivenError(
                f"{want.name} was learned as its logarithm, and has no usual tolerance: write one, as in "
                '"runs/assay:ic50<=100+-50"'
            )
        return replace(want, tolerance=want.tolerance or usual_scale)

    @property
    def runs(self) -> dict[str, str]:
        return {folder: model.config["digest"] for folder, model in self._runs.items()}

    def _prediction(self, name: str) -> tuple[Callable[[list[str]], np.ndarray], float | None]:
        """Function that predicts `FOLDER:PROPERTY` of SMILES, and the property's usual tolerance; None where it was
        learned as its logarithm."""
        model, folder, target, word, lower_is_better = self._split_name(name)
        plain = target.name
        if not target.classes:
            column = f"{plain}_low" if lower_is_better else plain
            usual_scale = None if target.log else target.scale
            values = lambda smiles: model.predict(smiles)[column].to_numpy(float)
        else:
            usual_scale, values = OF_CHANCE, self._chance(model, target, lower_is_better, word)
        if lower_is_better and not np.isfinite(values(["CC"])).all():
            raise GivenError(
                f"{folder} knows no lower bound of {plain}: leave {LOWER} out, or train it with --ensemble on more "
                "molecules"
            )
        return values, usual_scale

    def _split_name(self, name: str) -> tuple[Predictor, str, Target, str | None, bool]:
        """The run and its folder, the property, the class, and whether the lower bound is meant.

        name: `FOLDER:PROPERTY` or `FOLDER:PROPERTY:CLASS`, each with or without LOWER."""
        folder, _, property_name = name.rpartition(":")
        word = None
        if not Path(folder).exists() and Path(folder.rpartition(":")[0]).is_dir() and ":" in folder:
            word, (folder, _, property_name) = property_name.removesuffix(LOWER), folder.rpartition(":")
        if folder not in self._runs:
            self._runs[folder] = self._open_run(Path(folder))
        targets = {target.name: target for target in self._runs[folder].domain.targets}
        plain = property_name.removesuffix(LOWER) if property_name not in targets else property_name
        if plain not in targets:
            raise GivenError(f"{folder} predicts no {plain!r}: choose one of {', '.join(targets)}")
        lower_is_better = name.endswith(LOWER) and (word is not None or plain != property_name)
        return self._runs[folder], folder, targets[plain], word, lower_is_better

    def _ranking(self, run: str, lower_is_better: bool | None) -> Callable[[list[str]], np.ndarray]:
        """The prediction that is the score, minus it where smaller numbers are better."""
        *_, target, word, _ = self._split_name(run)
        direction, values = find_direction(target, word, lower_is_better), self._prediction(run)[0]
        self.ranking = f"score: {'minus ' * direction.lower}{direction.describe()}"
        return lambda smiles: direction.sign * values(smiles)

    def _chance(
        self, model: Predictor, target: Target, lower_is_better: bool, word: str | None
    ) -> Callable[[list[str]], np.ndarray]:
        """The probability of the class that is sought, less what members of an ensemble differ by."""
        chosen_class = _wished_class(target, word)
        column = model.domain.chance_columns(target)[target.classes.index(chosen_class)]
        spread_name = model.domain.column_of(target, "spread")

        def chance(smiles: list[str]) -> np.ndarray:
            table = model.predict(smiles)
            return (table[column] - (table[spread_name] if lower_is_better else 0.0)).to_numpy(float)

        return chance


def _wished_class(target: Target, word: str | None) -> str:
    """The class whose probability is wished for: one that is named, or the one that words say. Raises GivenError if
    neither says it."""
    chosen_class = word or target.positive or positive_of(target.classes)
    if chosen_class is None or chosen_class not in target.classes:
        raise GivenError(
            f"`{target.name}` has the classes {', '.join(target.classes)}: name one of them behind the property, as in "
            f"RUN:{target.name}:{target.classes[0]}"
        )
    return chosen_class


SCORE_GIVEN = "score given"  # the column of the person's own score, where wishes make another one of it


def _similarity(lead_molecules: ReadMolecules, smiles: list[str]) -> np.ndarray:
    own_bits = describe(smiles, ("fingerprints",), processes=1)
    return nearest(own_bits.parts["fingerprints"], lead_molecules.parts["fingerprints"])[0]


def _labels(wants: Sequence[Want]) -> list[str]:
    """A name for each wish: that of its property, with a number where several are about one."""
    names = [want.name for want in wants]
    return [f"{name} {names[: k + 1].count(name)}" if names.count(name) > 1 else name for k, name in enumerate(names)]


def _describe_want(want: Want) -> str:
    if want.high == math.inf:
        return f"{want.name} is at least {want.low:g}"
    if want.low == -math.inf:
        return f"{want.name} is at most {want.high:g}"
    return f"{want.name} is {want.low:g}" + f" to {want.high:g}" * (want.high > want.low)
