"""A part of another run, with which a run begins: all its weights, its codec, or its towers.

Every part takes the same four steps. `open` opens the other run and requires that it suits the data; `fixes` says which
hyperparameters it brings; `assign_weights` assigns its weights to an untrained family; `record` says for config.toml
which run it was. config.toml knows the other run by digests: its folder may move, and no other run may take its place.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from torch import Tensor

from ..core.data import Data
from ..core.domain import BaseDomain
from ..core.errors import BudgetError, DataError, RunError
from ..core.folder import WEIGHTS
from ..core.growth import Growth, GrowthOfColumns, grow
from ..core.limits import open_plain
from ..core.recipe import OF_TOWERS
from ..core.spec import Spec
from ..core.trainable import Trainable
from ..core.type_names import Options
from ..training.weights import assign, state_of
from ..zoo import registry
from .model import Model
from .open import build_recipe, load_model
from .predictor import Predictor, require_matching
from .shipped import PREFIX, run_folder
from .trained_model import digest_of

DEFAULT_PACE, MAX_PACE = 0.1, 100.0  # factors on the parent's learning rate: the default and the largest
LEAST_STEPS, LEAST_BATCH = 16, 16  # steps of a pass over few items, and items of a batch of these, at least
BATCH_UNIT = 8  # such a batch is a multiple of it, for several processes
SHARE = "match_share"  # hyperparameter: share of the budget that trains towers
STEERED = "control"  # hyperparameter: whether a side network steers a trained one


class Part(ABC):
    """Part of the run in the folder `run`.

    role: its key in config.toml. called: the run that is wanted, in errors.
    """

    role: ClassVar[str]
    called: ClassVar[str]

    def __init__(self, run: str | Path, recorded: Mapping[str, object] | None = None):
        """recorded: what a run that took this part before says of it, None for a run that takes it now."""
        self.run, self.recorded = run, recorded
        self.notes: list[str] = []  # sentences about what was done to fit both together

    def open(self, data: Data) -> Data:
        """Open the other run; returns the data in its terms. Raises RunError where there is no such run, it has no such
        part, or is another than recorded; DataError or RunError where it does not suit the data."""
        try:
            self.source = load_model(self.run, "cpu")
        except RunError as error:
            moved = f"; if {self.called} was moved, name its folder by --from, --codec or --match"
            raise RunError(f"{error}{moved if self.recorded else ''}") from error
        data = self._require(data)
        if self.recorded:
            now = self._identity()
            if any(self.recorded[key] != now[key] for key in ("digest", "weights")):
                raise RunError(f"{self.run} holds another run than {self.called}: put that one back, or begin anew")
        return data

    def family_for(self, family: str | None) -> str | None:
        """Returns the family of the run, where `family` was named. Raises RunError where the part settles another."""
        return family

    @abstractmethod
    def _require(self, data: Data) -> Data: ...

    @abstractmethod
    def fixes(self, row: registry.Row, chosen: Options) -> Options:
        """Returns the hyperparameters that the part brings for a family. Raises DataError for a family that takes no
        such part, and where one of these was chosen as well."""

    @abstractmethod
    def assign_weights(self, family: Trainable) -> None:
        """Assigns the part's weights to an untrained family."""

    def record(self) -> dict[str, dict]:
        """Returns tables of config.toml that say which run it was."""
        return {self.role: self._identity()}

    def _identity(self) -> dict[str, str]:
        with open_plain(run_folder(self.run) / WEIGHTS, kind=RunError) as file:
            weights = hashlib.file_digest(file, "sha256").hexdigest()
        return {"run": str(self.run), "digest": digest_of(self.source), "weights": weights}


class Parent(Part):
    """All weights: the run trains them further, or tunes them to a few items.

    The child has the family and the hyperparameters of its parent, and describes its data as the parent did (columns,
    categories, levels, scales and coordinates), because the weights depend on them. Where the data hold more, such as
    symbols or longer lines, the description and the weights grow by it (`core/growth.py`); items that no model of the
    parent's kind can read are left out. Its learning rate is that of the parent times `pace`, so that it changes the
    weights little. Few items have smaller batches, so that a pass over them makes LEAST_STEPS steps.

    Args:
        run: Folder of the run.
    """

    role = "parent"
    called = "the one begun from"

    def __init__(self, run: str | Path, recorded: Mapping[str, object] | None = None, pace: float | None = None):
        super().__init__(run, recorded)
        self.growths: list[Growth | GrowthOfColumns] = []
        self.items = 0  # to train
        self.pace = DEFAULT_PACE if pace is None else float(pace)
        if not 0 < self.pace <= MAX_PACE:
            raise BudgetError(f"pace must be above 0 and at most {MAX_PACE}, not {pace}")

    def family_for(self, family: str | None) -> str:
        own_family = self.source.config["family"]
        if family is not None and registry.split_begun(family)[0] != own_family:
            raise RunError(f"{self.run} holds a run of {own_family}, not {family}: leave the family out")
        return own_family

    def _require(self, data: Data) -> Data:
        self.items = data.sizes["train"]
        source, kind, task = self.source, *(self.source.config[key] for key in ("kind", "task"))
        if not source.parameters or not (isinstance(source, Model) or hasattr(source.family, "begin_from")):
            raise RunError(
                f"{self.run} holds a run of {source.config['family']}, which cannot be begun from: name one of a model "
                "that is trained step by step"
            )
        if (data.kind, data.task) != (kind, task):
            raise RunError(
                f"the run to begin from is of {kind}, and {data.name} is of {data.kind}: name data of its kind"
            )
        if isinstance(source, Predictor):
            return source.domain.describing(data)
        described = self._readable(replace(data, domain=self._domain(data), encoded={}))
        for part in described.items:
            if len(described.items[part]):
                described.tensors(part)
        described.domain.breaks_structure(described.train)  # a warning says so
        return described

    def _domain(self, data: Data) -> BaseDomain:
        """The description of the data that the weights depend on, grown by what the data hold beside it where the
        weights can grow too."""
        domain, self.growths, notes = self.source.domain.grown(data.items.values(), data.domain)
        if not notes:
            return domain
        row, _ = registry.resolve(data.kind, data.task, self.source.config["family"], None)
        try:
            self._grow(build_recipe(self.source.config, domain, row).family)
        except RunError:
            self.growths = []
            return self.source.domain
        self.notes += [f"{self.run} {note}" for note in notes]
        return domain

    def _grow(self, family: Trainable) -> dict[str, Tensor]:
        """The weights of the other run, grown to those of a family."""
        shapes = {name: tensor.shape for name, tensor in state_of(family).items() if tensor is not None}
        of_columns = [growth for growth in self.growths if isinstance(growth, GrowthOfColumns)]
        if of_columns and not getattr(family, "grows_labels", False):
            raise RunError(f"{self.run} holds a model whose labels are settled")
        grown = {}
        for name, tensor in state_of(self.source.family).items():
            owner, _, leaf = name.rpartition(".")
            counts_bins = leaf in getattr(family.get_submodule(owner), "counts_bins", ())
            bins = (one.grow(tensor.detach(), shapes[name]) for one in of_columns) if counts_bins else ()
            if (found := next((one for one in bins if one is not None), None)) is not None:
                tensor = found
            elif tensor is not None and name in shapes and tensor.shape != shapes[name]:
                tensor = grow(name, tensor.detach(), shapes[name], self.growths)
            grown[name] = tensor
        return grown

    def _readable(self, data: Data) -> Data:
        """The data without the items that the description cannot read, which a note counts. Raises DataError where none
        is left to train."""
        parts = {name: data.domain.readable(items) for name, items in data.items.items()}
        left = sum(len(items) - len(parts[name]) for name, items in data.items.items())
        if not left:
            return data
        if not len(parts["train"]):
            raise DataError(f"{self.run} can read none of the training items of {data.name}: name another run")
        self.notes.append(f"{self.run} cannot read {left:,} of {sum(data.sizes.values()):,} items: they are left out")
        return replace(data, items=parts)

    def fixes(self, row: registry.Row, chosen: Options) -> Options:
        recipe = dict(registry.settle_hyperparameters(row, self.source.config["recipe"]))
        if recipe.get("batch"):
            few = self.items // LEAST_STEPS // BATCH_UNIT * BATCH_UNIT
            recipe["batch"] = min(recipe["batch"], max(LEAST_BATCH, few))
        return recipe

    def assign_weights(self, family: Trainable) -> None:
        if isinstance(self.source, Predictor):
            family.begin_from(self.source.family)
        else:
            assign(family, self._grow(family), "the run to begin from")

    def record(self) -> dict[str, dict]:
        codec, licence = self.source.config.get("codec"), self.source.config["data"].get("licence")
        own = self._identity() | {"pace": self.pace} | ({"licence": licence} if licence else {})
        return ({"codec": codec} if codec else {}) | {self.role: own}


class Controlled(Parent):
    """All weights, of a model of images or clips: it stays as it is, and a side network that begins as a copy of it
    learns to steer it by one image more, or the edges of clips, at the usual learning rate.

    Args:
        run: Folder of the run.
        control: name of that image, `edges` or one that the images of the data carry.
    """

    def __init__(
        self, run: str | Path, recorded: Mapping[str, object] | None = None, pace: float | None = None,
        control: str = "",
    ):  # fmt: skip
        super().__init__(run, recorded, 1.0 if pace is None else pace)
        self.control = control or recorded["control"]

    def _domain(self, data: Data) -> BaseDomain:
        names = self.source.domain.given.names
        if self.control in names:
            raise DataError(f"{self.run} was given {self.control!r} already: leave control out")
        if lacking := [name for name in names if name not in data.domain.given.names]:
            raise DataError(
                f"{self.run} was given {lacking[0]!r}, and {data.name} was loaded without: load it with "
                f"given={names} (--given {','.join(names)})"
            )
        if not hasattr(self.source.domain, "steered_by"):
            raise RunError(f"{self.run} holds a run on {data.kind}, and control is for images or clips: leave it out")
        return self.source.domain.steered_by(self.control, data.domain)

    def fixes(self, row: registry.Row, chosen: Options) -> Options:
        recipe = super().fixes(row, chosen)
        if recipe.get(STEERED) is not False:
            raise DataError(
                f"no side network steers {self.run}: begin from flow-matching on images or clips, without control"
            )
        return recipe | {STEERED: True}

    def assign_weights(self, family: Trainable) -> None:
        family.begin_side(self.source.family)

    def record(self) -> dict[str, dict]:
        return {self.role: super().record()[self.role] | {"control": self.control}}


class Codec(Part):
    """The codec of images: it stays as it is, and the run learns its codes alone."""

    role = "codec"
    called = "the one whose codec was taken"

    def _require(self, data: Data) -> Data:
        codec_config, kind, task = self._codec_config, *(self.source.config[key] for key in ("kind", "task"))
        if not registry.codec_hyperparameters(kind, task, codec_config["family"]):
            family_words = " or ".join(_codec_families(kind, task)) or "another family that has one"
            raise RunError(
                f"{self.run} holds a run of {self.source.config['family']} on {kind}, which has no codec to take: name "
                f"a run of {family_words}"
            )
        if kind != data.kind:
            raise RunError(
                f"the codec of {self.run} is of {kind}, and {data.name} is of {data.kind}: name a run of its kind"
            )
        if self.source.domain.spec != data.domain.spec:
            run_size, data_size = (_size(domain.spec) for domain in (self.source.domain, data.domain))
            raise RunError(
                f"the codec of {self.run} is of {kind} {run_size}, and those of {data.name} are {data_size}: name "
                f"a run on {kind} of their size and levels"
            )
        return data

    @property
    def _codec_config(self) -> dict:
        """Record of the run that made the codec: a codec that was taken over can be passed on."""
        return self.source.config.get("codec", self.source.config)

    def fixes(self, row: registry.Row, chosen: Options) -> Options:
        takes = registry.codec_hyperparameters(row.kind, row.task, row.family)
        if not takes:
            families = " or ".join(_codec_families(row.kind, row.task))
            remedy = f"choose {families}, or leave codec out" if families else "leave codec out"
            raise DataError(f"{row.family} takes no codec of another run: {remedy}")
        if fixed_options := sorted(takes & chosen.keys()):
            raise DataError(
                f"{fixed_options[0]} is a number of the codec, which {self.run} brings: leave {fixed_options[0]} out"
            )
        return {name: value for name, value in self._codec_config["recipe"].items() if name in takes}

    def assign_weights(self, family: Trainable) -> None:
        assign(family.codec, state_of(self.source.family.codec), self.run)

    def record(self) -> dict[str, dict]:
        return {self.role: self._identity() | {key: self._codec_config[key] for key in ("family", "recipe")}}


class Towers(Part):
    """The towers that match images with texts: the run learns from their embeddings. It keeps them, so that it opens
    without the other run; where they only teach a codec, it needs them no more."""

    role = "towers"
    called = "the one with the towers"

    def _require(self, data: Data) -> Data:
        require_matching(self.source, data.domain, str(self.run))
        data_words, run_words = (domain.captions.words.words for domain in (data.domain, self.source.domain))
        if data_words != run_words:
            other_words = sorted(set(data_words) ^ set(run_words)) or data_words
            raise DataError(
                f"{self.run} knows other words than the captions of {data.name}, such as "
                f"{other_words[0].strip()!r}: fit one on the same images, with the same seed, with --task match"
            )
        return data

    def fixes(self, row: registry.Row, chosen: Options) -> Options:
        hypers = registry.presets(row).values()
        fixed_names = {name for hyper in hypers for name in hyper.fields()}
        if any(getattr(hyper, "taught", False) for hyper in hypers):
            return {}
        if SHARE not in fixed_names:
            raise DataError(
                f"{row.family} learns from no embeddings of a run that matches images with texts: leave match out"
            )
        if fixed_options := [
            name for name in chosen if name.startswith(OF_TOWERS) and (name, chosen[name]) != (SHARE, 0)
        ]:
            raise DataError(
                f"the towers are trained already: leave the hyperparameter {fixed_options[0]} out, or match"
            )
        theirs = {OF_TOWERS + name: value for name, value in self.source.config["recipe"].items()}
        return {name: value for name, value in theirs.items() if name in fixed_names} | {SHARE: 0.0}

    def assign_weights(self, family: Trainable) -> None:
        if hasattr(family, "learn_from"):
            family.learn_from(self.source.family)
        else:
            assign(family.towers.family, state_of(self.source.family), "the run with the towers")


def with_shipped(options: Options) -> Options:
    """Returns options of `fit` with the shipped run, as `parent`, that the name of the family says. Raises BudgetError
    where another run is named as well."""
    family, parent = options.get("family"), options.get("parent")
    run = registry.split_begun(family or "")[1]
    if run and parent not in (None, PREFIX + run):
        raise BudgetError(f"{family} begins with {PREFIX}{run}: leave {parent} out, or name the family alone")
    return options | {"parent": PREFIX + run} if run else options


def named_parts(options: Mapping[str, object]) -> list[Part]:
    """Returns the parts that the options of `fit` name."""
    parts = []
    if options.get("control") is not None:
        parts.append(Controlled(options["parent"], pace=options.get("pace"), control=options["control"]))
    elif options.get("parent") is not None:
        parts.append(Parent(options["parent"], pace=options.get("pace")))
    parts += [kind(options[key]) for key, kind in (("codec", Codec), ("match", Towers)) if options.get(key) is not None]
    return parts


def recorded_parts(config: Mapping[str, object], named_parts: Sequence[Part]) -> list[Part]:
    """Returns the parts with which the run of a record began. What a parent brought is part of its weights. Raises
    RunError for a named one that the run did not begin with.

    Args:
        named_parts: those whose run has moved.
    """
    parent_run, runs = config.get(Parent.role), {part.role: part.run for part in named_parts}
    kinds = [Codec, Towers] if parent_run is None else [Controlled if "control" in parent_run else Parent]
    kinds = [kind for kind in kinds if kind.role in config]
    if unknown_roles := runs.keys() - {kind.role for kind in kinds}:
        raise RunError(f"the run to replay did not begin with {runs[unknown_roles.pop()]}: leave that out")
    return [kind(runs.get(kind.role, config[kind.role]["run"]), config[kind.role]) for kind in kinds]


def _codec_families(kind: str, task: str) -> list[str]:
    """Families that take codecs of each other."""
    return [name for name in registry.families(kind, task) if registry.codec_hyperparameters(kind, task, name)]


def _size(spec: Spec) -> str:
    *frames, channels, height, width = spec.shape
    return f"{' x '.join(map(str, (*frames, height, width, channels)))} of {spec.leaf.levels} levels"
