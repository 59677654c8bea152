"""A model with the habits of scikit-learn: an estimator that goes into pipelines, searches and cross-validation."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, DensityMixin, TransformerMixin
from sklearn.utils import Tags, TransformerTags, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from ..core.data import Data
from ..core.errors import DataError, Unsupported
from ..core.likelihood import UNNORMALISED
from ..core.sample_options import SampleOptions
from ..core.seeds import fresh_seed
from ..core.type_names import Options, UserItems, Values
from ..kinds.load import load_data
from ..kinds.splits import FEWEST
from ..kinds.values.frames import from_arrow, is_arrow_table
from ..zoo import registry
from .fit import fit
from .open import load_model

LABEL = "label"  # the given variable that y becomes


def _can(verb: str) -> "Callable[[Generator], bool]":
    """Whether a generator has a verb: its model, or before there is one some model of its family."""

    def check(self: "Generator") -> bool:
        if hasattr(self, "model_"):
            return self.model_.has(verb)
        family_rows = [row for row in registry.rows() if row.family == self.family]
        return not family_rows or any(verb in row.verbs for row in family_rows)

    return check


class Generator(TransformerMixin, DensityMixin, BaseEstimator):
    """A generative model as an estimator of scikit-learn, for pipelines, searches and cross-validation.

    Args:
        family, minutes, items, steps, epochs, preset, hyperparameters, device: As in `genwright.fit`.
        types: {column: type}, as in `load_data`. Default: None, as the data suggest.
        random_state: Seed of everything that is random. Default: None, a new seed each time.
        progress: As in `genwright.fit`, but hidden by default.

    model_: the trained `Model`. n_features_in_, feature_names_in_: as everywhere in scikit-learn.
    """

    def __init__(
        self,
        family: str | None = None,
        *,
        minutes: float | None = None,
        items: int | None = None,
        steps: int | None = None,
        epochs: float | None = None,
        preset: str | None = None,
        hyperparameters: Options | None = None,
        types: dict[str, str] | None = None,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        progress: bool = False,
    ):
        self.family = family
        self.minutes = minutes
        self.items = items
        self.steps = steps
        self.epochs = epochs
        self.preset = preset
        self.hyperparameters = hyperparameters
        self.types = types
        self.random_state = random_state
        self.device = device
        self.progress = progress

    def fit(self, X: UserItems, y: Values | None = None) -> "Generator":
        """Train on all items of X and return the generator.

        Args:
            X: At least 10 items: a DataFrame, an Arrow table, an array (n, D), images (n, H, W) or (n, H, W, C), or a
                list of texts. A missing cell is NaN or the null value of its type.
            y: (n,) labels or numbers that condition the model; baselines such as copula take only labels. Default:
                None.

        Raises DataError, a ValueError, for data that cannot be modelled, and what `fit` raises.
        """
        items, seed = self._accept(X, reset=True), self._seed()
        self.label_ = None if y is None else LABEL
        labels = None if y is None else _labels(y, len(items))
        if isinstance(items, pd.DataFrame):
            data = self._rows(items, labels, seed)
        elif labels is None:
            data = load_data(items, seed=seed)
        elif isinstance(items, np.ndarray):
            data = load_data((items, np.asarray(labels)), seed=seed)
        else:
            raise DataError(f"a {type(X).__name__} takes no labels: leave y out")
        budget = {name: getattr(self, name) for name in ("minutes", "items", "steps", "epochs")}
        fit_options = {"preset": self.preset, "device": self.device, "progress": self.progress}
        fit_options |= {"hyperparameters": self.hyperparameters}
        self.model_ = fit(data, self.family, **budget, **fit_options, seed=seed, rows="all")
        if self.model_.has("encode"):
            self.codes_ = self._codes(items[:1]).shape[1]
        return self

    def sample(
        self, n_samples: int = 1, y: Values | None = None, options: SampleOptions | None = None
    ) -> UserItems | tuple[UserItems, Values]:
        """Sample items in the form of X: an array, a DataFrame, images or texts; (X, y) if `fit` had labels.

        Columns of an array that were not modelled, such as running numbers, are NaN. A call of more than a second shows
        its progress.

        Args:
            n_samples: Number of items. Default: 1.
            y: If `fit` had labels: one label for all samples, or (n_samples,) labels. Default: None, as often as in
                training.
            options: As in `Model.sample`.

        Raises GivenError, a ValueError, for an unknown label, and what `Model.sample` raises for options.
        """
        check_is_fitted(self)
        if y is not None and self.label_ is None:
            raise DataError("this generator was fitted without labels: leave y out, or fit it with y")
        given = None if y is None else {self.label_: y}
        samples = self.model_.sample(n_samples, given=given, seed=self._seed(), options=options, progress=True)
        if not isinstance(samples, pd.DataFrame):
            return samples if self.label_ is None else (np.asarray(samples), samples.given[self.label_])
        labels = None if self.label_ is None else samples.pop(self.label_).to_numpy()
        if self.array_:
            samples = samples.reindex(columns=[f"x{j}" for j in range(self.n_features_in_)]).to_numpy(float)
        else:
            samples = samples.rename(columns={str(name): name for name in self.columns_})  # names that are numbers
        return samples if labels is None else (samples, labels)

    @available_if(_can("log_prob"))
    def score_samples(self, X: UserItems, y: Values | None = None) -> np.ndarray:
        """Computes the log-likelihood of each item in nats, (n,). `model_.log_prob` also says which kind of number it
        is: exact, a bound, an estimate or unnormalised.

        Args:
            X: n items, as in `fit`.
            y: (n,) labels, if `fit` had labels: the likelihood is then that of X given y. Default: None.
        """
        check_is_fitted(self)
        items, given = self._accept(X, reset=False), {} if y is None or self.label_ is None else {self.label_: y}
        return self.model_.log_prob(items, given=given).nats

    @available_if(_can("log_prob"))
    def score(self, X: UserItems, y: Values | None = None) -> float:
        """Mean log-likelihood of an item in nats.

        Args:
            X, y: As in `score_samples`.

        Raises Unsupported for a family whose likelihood is not normalised, since such numbers rank nothing.
        """
        check_is_fitted(self)
        if self.model_.family.kind == UNNORMALISED:
            raise Unsupported("an unnormalised likelihood ranks no models: score by samples, or choose another family")
        return float(np.nanmean(self.score_samples(X, y)))

    def transform(self, X: UserItems) -> UserItems:
        """Latents of items, flattened to (n, d) float32; a DataFrame after `set_output(transform="pandas")`.

        Only families with latents have this method.

        Args:
            X: n items, as in `fit`.
        """
        check_is_fitted(self)
        return self._codes(self._accept(X, reset=False))

    @available_if(_can("encode"))
    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Returns names of the columns of `transform`: generator0, generator1, ...

        Args:
            input_features: Ignored; scikit-learn passes it.
        """
        check_is_fitted(self)
        return np.array([f"generator{j}" for j in range(self.codes_)], object)

    def fit_transform(self, X: UserItems, y: Values | None = None) -> np.ndarray:
        """Calls `fit`, then `transform`, on the same X.

        Args:
            X, y: As in `fit`.
        """
        return self.fit(X, y).transform(X)

    # ------------------------------------------------------------------ inside

    def _codes(self, items: UserItems) -> np.ndarray:
        codes = self.model_.encode(items, given={})
        return codes.reshape(len(codes), -1)

    def _rows(self, items: pd.DataFrame, labels: Values | None, seed: int) -> Data:
        """Rows with their labels in a column; described by all of them, as all are learned from."""
        if labels is not None and LABEL in items.columns:
            raise DataError(f"X has a column '{LABEL}', which y is called by: rename it, or leave it out of X")
        rows = items if labels is None else items.assign(**{LABEL: labels})
        given = [] if labels is None else [LABEL]
        types, classes = self.types, ("binary", "multiclass")
        try:
            data = load_data(rows, given=given, types=types, seed=seed)
        except DataError as error:
            raise DataError(f"X has {items.shape[1]} feature(s): {error}") from error
        row = registry.find(data.kind, data.task, self.family)
        if row and row.refuses(data.domain.given) and type_of_target(pd.Series(labels).infer_objects()) in classes:
            types = {
                LABEL: "category",
                **(types or {}),
            }  # scikit-learn takes such a y for classes, and the family takes no numbers
            data = load_data(rows, given=given, types=types, seed=seed)
        domain = type(data.domain).fit(rows, given=given, types=types, like=data.domain)
        return replace(data, domain=domain, encoded={})

    def _accept(self, X: UserItems, reset: bool) -> UserItems:
        """X as the model takes it: rows as a DataFrame, all else as it is. Rows are known by the names of their columns
        where X and what was fitted have names, else by their order. Raises what scikit-learn raises."""
        if isinstance(X, list) and X and isinstance(X[0], str):
            return X
        if is_arrow_table(X):
            X = from_arrow(X)
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=reset, skip_check_array=True)
            items, array = X, False
        elif len(getattr(X, "shape", ())) in (3, 4):
            return np.asarray(X)
        else:
            minimum = FEWEST if reset else 1
            dtype = "numeric" if reset or self.array_ else None  # None: rows of a table of any columns
            rows = validate_data(
                self, X, reset=reset, dtype=dtype, ensure_all_finite="allow-nan", ensure_min_samples=minimum
            )
            items, array = pd.DataFrame(rows, columns=[f"x{j}" for j in range(rows.shape[1])]).infer_objects(), True
        if reset:
            self.array_, self.columns_ = array, list(items.columns)
        return items if array == self.array_ else items.set_axis(self.columns_, axis=1)

    def _seed(self) -> int:
        if self.random_state is None:
            return fresh_seed()
        if isinstance(self.random_state, (int, np.integer)):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags = TransformerTags(preserves_dtype=[]) if hasattr(self, "transform") else None
        tags.non_deterministic = self.random_state is None
        return tags

    def __getstate__(self) -> dict:
        """State with the model as files of its run folder: not all networks pickle, and these files open anywhere."""
        state = dict(super().__getstate__())
        if "model_" in state:
            with tempfile.TemporaryDirectory() as folder:
                run = self.model_.save(Path(folder) / "run")
                state["model_"] = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
        return state

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        if "model_" in state:
            with tempfile.TemporaryDirectory() as folder:
                for name, content in state["model_"].items():
                    (Path(folder) / name).write_bytes(content)
                self.model_ = load_model(folder, self.device)


for name in ("transform", "fit_transform"):  # TransformerMixin wraps them when the class is made
    setattr(Generator, name, available_if(_can("encode"))(getattr(Generator, name)))


def _labels(y: Values, n: int) -> Values:
    """(n,) labels; a Series keeps its type. Raises ValueError for another shape, DataError for missing labels."""
    values = column_or_1d(y, warn=True)
    if len(values) != n:
        raise DataError(f"y has {len(values)} labels for {n} items of X: give one for each")
    if pd.isna(values).any():
        raise DataError("y misses labels: leave these items out of X and y")
    return y.array if isinstance(y, pd.Series) else values
