"""The tasks of each kind of data, and the families that learn them. Importing it imports no torch.

TASKS says what each kind of data and task needs. A family of ours is told of by its card (see `zoo.card`), and its row
here by the indexes of cards, that of the core and those of packages. Others' families come in by `register`, from a
script or from an entry point "genwright.families" of a package.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from math import log
from pathlib import Path
from re import fullmatch
from typing import TYPE_CHECKING

from ..core.arguments import checked
from ..core.errors import DataError, Unsupported
from ..core.hyper import Brief, Hyper, close_names, nearest
from ..core.manifest import Package, Task, load_place, take_packages
from ..core.packages import load_plugins
from ..core.spec import Category, Spec
from .card import (
    OWN_INDEX,
    On,
    Recorded,
    Settings,
    Spread,
    default_spread,
    describe_settings,
    family_aliases,
    find_alias,
    load_card,
    nearest_to,
    read_cards,
    read_index,
    read_recorded,
    read_spreads,
)

if TYPE_CHECKING:
    import pandas as pd

LATENT = ("sample", "log_prob", "encode", "decode", "interpolate", "complete")
LOSSLESS = ("sample", "log_prob", "complete", "compress")
PREDICTOR_VERBS = ("predict", "encode")
LABELS = 256  # labels at most, each with a model of its own
MODEL_VERBS = (*LATENT, "predict", "edit", "compress", "caption", "answer", "expand")
MATCH_VERBS = (*PREDICTOR_VERBS, "search", "misfits")
GENERATE = "generate"  # the task of models; the others are of predictors
PATH_FIGURES = ("progressive", "x0", "partial")  # families whose samples follow a path of noise levels
CODES_FIGURE = "codes"  # every family that encodes
BEGUN = "-from-"  # between a family and the shipped run that it begins with, as in autoregressive-from-molecules
FIGURES = [*PATH_FIGURES, CODES_FIGURE, "layers"]  # that `genwright plot` draws; and those of packages


@dataclass(frozen=True)
class Row:
    """A row of the registry: a family on a kind of data, or for a task.

    Args:
        kind: Kind of data.
        verbs: what the model can do (the contract test proves it).
        likelihood: its kind, "" where it has none.
        sample_options: names of the options that its samples take.
        figures: names of FIGURES that its models can be drawn in.
        module: Module of its card; "" for others' families.
        built: how others' families are built.
        paper, baseline, copies: as on a `Card`.
        compare, default, conditional, needs, keeps: as `On` says.
    """

    kind: str
    task: str
    family: str
    verbs: tuple[str, ...]
    likelihood: str = ""
    paper: str = ""
    sample_options: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    module: str = ""
    built: On | None = None
    baseline: bool = False
    copies: bool = False
    compare: bool = True
    default: bool = False
    conditional: str = "any"
    needs: Mapping[str, object] = field(default_factory=dict, hash=False)
    keeps: str = ""

    @property
    def label(self) -> str:
        return label(self.kind, self.task)

    @property
    def recipe(self) -> str:
        """The place where the family is built, for records."""
        return self.module or f"{self.construction.build.__module__}:{self.construction.build.__qualname__}"

    @cached_property
    def construction(self) -> On:
        """The way in which the family is built."""
        return self.built or load_card(self.module, self.family).on[self.label]

    def refuses(self, given) -> str:
        """Says why the family cannot be conditioned on what is given, a Spec; "" where it can."""
        first, *other_columns = given.columns or [None]
        if self.conditional == "any" or first is None:
            return ""
        if self.conditional == "no image":
            return f"{self.family} reads no image that it is given" if self.unread(given) else ""
        if other_columns or not isinstance(first, Category) or first.shape:
            return f"{self.family} can be conditioned on one column of labels alone, not on {', '.join(given.names)}"
        if self.baseline and first.k > LABELS:
            return f"{self.family} fits a model of each label, and {given.names[0]} has {first.k:,}, more than {LABELS}"
        return ""

    def unread(self, given) -> list[str]:
        """Lists the given images that the family's networks would not read.

        Args:
            given: a Spec.
        """
        images = [name for name, leaf in given.leaves if leaf.shape and leaf.axis == "grid"]
        return images if self.conditional == "no image" else []


IMAGES = ("images", GENERATE)
MATCH = ("images", "match")
TABLES = ("tables", GENERATE)
SEQUENCES = ("sequences", GENERATE)
POINTS = ("points", GENERATE)
TASKS = {  # (kind of data, task); the first task of a kind is its default
    IMAGES: Task("genwright.kinds.images.domain:Images", "genwright.measure.suites.captioned_images:suite"),
    MATCH: Task(
        "genwright.families.match.matching:Matching",
        "genwright.measure.suites.match:Suite",
        "genwright.families.match.matching:matching_data",
        small_data="genwright.contract.tasks:Captioned",
        needs={"given": ["caption"]},
    ),
    TABLES: Task("genwright.kinds.tables.domain:Tables", "genwright.measure.suites.tables:Suite"),
    SEQUENCES: Task("genwright.kinds.sequences.domain:Sequences", "genwright.measure.suites.sequences:Suite"),
    POINTS: Task("genwright.kinds.points.domain:Points", "genwright.measure.suites.points:Suite"),
}  # and those of packages
take_packages(lambda package: TASKS.update(package.tasks))
take_packages(lambda package: FIGURES.extend(package.figures))
_registered: list[Row] = []


def register(
    data: str,
    family: str,
    recipe: Callable,
    presets: dict[str, Hyper] | None = None,
    verbs: tuple[str, ...] = ("sample",),
    likelihood: str = "",
    paper: str = "",
    task: str | None = None,
    compare: bool = True,
    copies: bool = False,
    sample_options: tuple[str, ...] = (),
) -> None:
    """Adds a family of your own to `fit`, `compare`, `list` and the contract test, in this process.

    Args:
        data: the kind of data (`genwright list` names them).
        task: what the family learns, by default the first task of the kind.
        recipe: a function recipe(spec, given, hyper) -> Recipe, which must be importable when a run is opened again.
        presets: {name: instance} of its frozen dataclass of hyperparameters (`core.hyper.Hyper`). `fit` uses the first
            by default, and the contract test uses "tiny". A recipe(spec, given) without hyperparameters has no presets.
        verbs: the verbs whose methods the family defines.
        likelihood: "exact", "lower bound", "estimate", "unnormalised", or "" without `log_prob`.
        compare: whether `compare` trains it by default.
        copies: whether its samples are training items, so that no report recommends it for new ones.
        sample_options: names of the sampling options that the family declares, for `list`.

    To register a family in every process, a package names a function without arguments in an entry point of the group
    "genwright.families"; that function calls `register`.

    Raises DataError for an unknown kind of data, task or verb, a likelihood that does not fit the verbs, presets of
    several dataclasses, or a name that is taken.
    """
    from ..core.likelihood import KINDS

    kinds = dict.fromkeys(kind for kind, _ in TASKS)
    if data not in kinds:
        raise DataError(f"no kind of data is called {data!r}: choose one of {', '.join(kinds)}")
    task = task or tasks(data)[0]
    if task not in tasks(data):
        raise DataError(f"no task {task!r} is for {data}: choose one of {', '.join(tasks(data))}")
    place, known = label(data, task), MATCH_VERBS if predicts(task) else MODEL_VERBS
    if unknown := [verb for verb in verbs if verb not in known]:
        raise DataError(
            f"{family} has a verb {unknown[0]!r}, which is unknown for {place}: choose among {', '.join(known)}"
        )
    if bool(likelihood) != ("log_prob" in verbs) or (likelihood and likelihood not in KINDS):
        raise DataError(
            f"likelihood={likelihood!r} of {family} must be one of {', '.join(KINDS)} with log_prob, else ''"
        )
    kinds_of_presets = {type(preset) for preset in (presets or {}).values()}
    if len(kinds_of_presets) > 1 or not all(issubclass(kind, Hyper) for kind in kinds_of_presets):
        raise DataError(
            f"the presets of {family} must be instances of one frozen dataclass of hyperparameters, a subclass of "
            "genwright.core.hyper.Hyper: declare it as docs/your-family.md does"
        )
    if (data, task, family) in {(r.kind, r.task, r.family) for r in (*ROWS, *_registered)}:
        raise DataError(f"there is a family {family!r} for {place} already: choose another name")
    figures, built = (CODES_FIGURE,) if "encode" in verbs else (), On(recipe, presets or {})
    facts = tuple(verbs), likelihood, paper, sample_options, figures
    _registered.append(Row(data, task, family, *facts, built=built, compare=compare, copies=copies))


def register_task(kind: str, task: str, of: Task) -> None:
    """Adds a task of a kind of data of your own (see `genwright.kinds.known_kinds.register_kind`), in this process.

    Raises DataError for a name that is taken, by a task of the kind or by families of another kind."""
    if (kind, task) in TASKS or label(kind, task) in {label(*known) for known in TASKS}:
        raise DataError(f"there is a task {label(kind, task)!r} already: choose another name")
    TASKS[kind, task] = of


def register_metric(kind: str, metric: object, task: str | None = None) -> None:
    """Adds a metric of your own to what models of a kind of data are measured by, in this process.

    Args:
        kind: kind of data (`genwright list` names them).
        metric: its row, a `genwright.measure.rows.MetricRow`.
        task: as in `register`.

    Raises DataError for an unknown kind of data or task, or a name that is taken.
    """
    known = [(data, learned) for data, learned in TASKS if data == kind and learned == (task or learned)]
    if not known:
        raise DataError(f"no task {task or 'of any name'!r} is for {kind!r}: choose a kind that `genwright list` names")
    task_before = TASKS[known[0]]
    if metric.name in [other_metric.name for other_metric in task_before.metrics]:
        raise DataError(f"there is a metric {metric.name!r} for {kind} already: choose another name")
    TASKS[known[0]] = replace(task_before, metrics=(*task_before.metrics, metric))


def rows() -> tuple[Row, ...]:
    """Returns every row of the registry, ours first."""
    load_plugins()
    return (*ROWS, *_registered)


def label(kind: str, task: str) -> str:
    """Returns the purpose of a family in one word: the kind of data that it generates, or its task."""
    return task if predicts(task) else kind


def place(label: str) -> tuple[str, str]:
    """Returns kind and task of a label. An unknown label is taken for a kind."""
    return next(
        ((kind, task) for kind, task in TASKS if label == (task if predicts(task) else kind)), (label, GENERATE)
    )


def predicts(task: str) -> bool:
    """Tells whether the families of a task are predictors, not models."""
    return task != GENERATE


FOR_PEOPLE = ("equations", "settings")  # facts of the index that `genwright list FAMILY` reads, and no row holds


def rows_of_index(index: Path) -> list[Row]:
    """Returns a row of each family and label of an index of cards."""
    found = []
    for family, card in read_cards(index).items():
        for on, facts in card["on"].items():
            index_facts = {name: value for name, value in facts.items() if name not in FOR_PEOPLE}
            values = {name: tuple(value) if isinstance(value, list) else value for name, value in index_facts.items()}
            found.append(Row(*place(on), family, module=card["module"], **values))
    return found


ROWS = rows_of_index(OWN_INDEX)  # in the order of TASKS, baselines last; and those of packages


def add_rows(package: Package) -> None:
    if package.index is not None:
        ROWS.extend(rows_of_index(package.index))
    order = list(TASKS)
    ROWS.sort(key=lambda row: (order.index((row.kind, row.task)), row.baseline, row.family))


take_packages(add_rows)


def settings(row: Row) -> Settings:
    """Returns the hyperparameters and presets of a row, for people. Those of our families are read from the index."""
    if row.built:
        return describe_settings(row.built)
    return Settings(**read_index()[row.family]["on"][row.label].get("settings", {}))


def presets(row: Row) -> dict[str, Hyper]:
    """Returns the hyperparameters of a row by the name of a preset; empty for a family without hyperparameters."""
    return row.construction.presets


def default_family(kind: str, task: str) -> str:
    """Returns the family that `fit` takes where none is named."""
    fit = [row for row in rows() if (row.kind, row.task) == (kind, task)]
    return next((row for row in fit if row.default), fit[0]).family


def domain_class(kind: str, task: str):
    """Returns the class of the task's domains (see `kinds.domain.Domain`)."""
    return load_place(TASKS[kind, task].domain)


def suite_class(of) -> type:
    """Returns the class that measures models of a `Data`, of which it needs the domain alone: a model has it too."""
    task = TASKS[of.domain.kind, of.domain.task]
    suite_type = load_place(task.suite)
    suite = suite_type if isinstance(suite_type, type) else suite_type(of)
    return suite.extended(task.metrics) if task.metrics else suite


def loss_curves() -> Callable:
    """Returns the function that draws what a run logged (see `studies.report.curves`), which `run` cannot import."""
    return load_place("genwright.studies.report.curves:of_one_run")


def tasks(kind: str) -> list[str]:
    """Lists the names of the tasks for a kind of data, its default first."""
    return [task for of, task in TASKS if of == kind]


def task_data(kind: str, task: str):
    """Returns the function that makes the Data of a task. Raises DataError where data of the kind cannot be made it."""
    if (kind, task) not in TASKS:
        raise DataError(f"no task {task!r} is for {kind}: choose one of {', '.join(tasks(kind))}")
    if not TASKS[kind, task].items:
        raise DataError(f"{kind} become data for {task!r} as they are loaded: name their source in place of the data")
    return load_place(TASKS[kind, task].items)


def families(kind: str, task: str, verb: str | None = None, baselines: bool = False) -> list[str]:
    """Lists the names of the families for a task, in the table's order; only those with a verb, a sampling option or a
    figure, where one is named."""
    fit = [r for r in rows() if (r.kind, r.task, r.baseline) == (kind, task, baselines)]
    return [r.family for r in fit if verb is None or verb in (*r.verbs, *r.sample_options, *r.figures)]


@checked
def list_families(kind: str | None = None) -> "pd.DataFrame":
    """Returns families as a DataFrame, one row each: kind, task, baseline, verbs, likelihood, paper.

    Raises DataError for an unknown kind.

    Args:
        kind: a kind of data ("tables") or a task ("nodes"); by default all.
    """
    import pandas as pd

    known = dict.fromkeys(word for row in rows() for word in (row.kind, row.task, row.label))
    if kind is not None and kind not in known:
        raise DataError(f"there is no kind of data or task {kind!r}{nearest(kind, known)}")
    shown_columns = ("family", "kind", "task", "baseline", "verbs", "likelihood", "paper")
    chosen = [row for row in rows() if kind in (None, row.kind, row.task, row.label)]
    return pd.DataFrame([{name: getattr(row, name) for name in shown_columns} for row in chosen], columns=shown_columns)


def compared(kind: str, task: str) -> list[str]:
    """Lists the names of the families that `compare` takes where none is named, baselines aside."""
    return [r.family for r in rows() if (r.kind, r.task) == (kind, task) and r.compare and not r.baseline]


def recorded(kind: str, task: str, items: int) -> Recorded:
    """Returns the findings of the records on a task, for data nearest in size to so many training items."""
    sizes = read_recorded().get(label(kind, task), [Recorded(1, 0.0, "", [], "")])
    return min(sizes, key=lambda size: abs(log(size.items / max(1, items))))


def least_passes(kind: str, task: str, family: str, items: int) -> float:
    """Returns the passes over so many training items that a family needs at least; 0.0 where no record counts them, and
    for a family that begins with a shipped run."""
    if split_begun(family)[1]:
        return 0.0
    registry_row = find(kind, task, family)
    return registry_row and registry_row.construction.passes or recorded(kind, task, items).passes


def training_spread(kind: str, task: str, family: str, items: int, minutes: float) -> Spread:
    """Returns how far trainings of a family differ, by records of the data nearest in size and of a training nearest in
    minutes. It is a default where none is as near as a factor of ten in both."""
    away = lambda one: [abs(log(one.items / max(1, items))), abs(log(one.minutes / max(1e-3, minutes)))]
    known = [one for one in read_spreads().get(label(kind, task), []) if one.family == family]
    near = [one for one in known if max(away(one)) <= log(10)]
    return min(near, key=lambda one: sum(away(one)), default=default_spread())


def find(kind: str, task: str, family: str) -> Row | None:
    """Finds the row of a family, None where there is none, as for what a damaged record names."""
    names = (family, split_begun(family)[0]) if isinstance(family, str) else ()
    return next((r for name in names for r in rows() if (r.kind, r.task, r.family) == (kind, task, name)), None)


def split_begun(name: str) -> tuple[str, str]:
    """Splits a name such as autoregressive-from-molecules into the family and the shipped run that it begins with, ""
    for no run."""
    family, _, run = name.partition(BEGUN)
    return (family, run) if fullmatch("[a-z0-9-]+", run) else (name, "")


def row(kind: str, task: str, family: str) -> Row:
    """Returns the row of a family. Raises DataError for one that is unknown or does not fit the task."""
    if known_row := find(kind, task, family):
        return known_row
    known = families(kind, task) + families(kind, task, baselines=True)
    instead = _for_another(kind, task, family) or _suggest_family(kind, family, known)
    raise DataError(f"no family {family!r} for {label(kind, task)}: {instead}choose one of {', '.join(known)}")


def require_name(family: str) -> None:
    """Raises DataError for what is the name of no family of any kind of data, and no other name of one."""
    known = {registry_row.family for registry_row in rows()} | {alias.name for _, alias in family_aliases()}
    if not known & {family, split_begun(family)[0]} and not nearest_to(family):
        near = close_names(family, sorted(known))
        hint = f"did you mean {near[0]}? " if near else ""
        raise DataError(f"no family is called {family!r}: {hint}`genwright list` prints all")


def family_and_preset(kind: str, task: str, name: str, preset: str | None = None) -> tuple[str, str | None]:
    """Resolves a typed name to a family and its preset. An alias may name both. Raises DataError for a preset beside an
    alias that names another."""
    meant = None if find(kind, task, name) or predicts(task) else find_alias(kind, name)
    if meant is None:
        return name, preset
    family, alias = meant
    if preset and alias.preset:
        raise DataError(f"{name} is the preset {alias.preset} of {family}: leave the preset {preset!r} out")
    return family, preset or alias.preset or None


def resolve(kind: str, task: str, name: str | None, preset: str | None) -> tuple[Row, str | None]:
    """Resolves a typed name, or the task's default family, to a row and its preset."""
    if name is None:
        name = default_family(kind, task)
    else:
        name, preset = family_and_preset(kind, task, name, preset)
    return row(kind, task, name), preset


def missing_options(needs: Mapping[str, object], domain) -> dict[str, object]:
    """Returns the options of data, among those that a family or task needs, that a domain was not described by.

    Args:
        needs: {option: value}; of a list, every name must be there.
        domain: Domain, which has each option as an attribute.
    """
    given = {"given": domain.given.names}
    return {
        name: value
        for name, value in needs.items()
        if (not set(value) <= set(given[name]) if name in given else getattr(domain, name, None) != value)
    }


def require_reads(registry_row: Row, given) -> None:
    """Raises Unsupported for conditions that a family cannot read."""
    if not (reason := registry_row.refuses(given)):
        return
    other_families = [
        row(registry_row.kind, registry_row.task, name) for name in families(registry_row.kind, registry_row.task)
    ]
    able = ", ".join(one.family for one in other_families if not one.refuses(given))
    read = next(([name] for name, leaf in given.leaves if not registry_row.refuses(Spec(((name, leaf),)))), [])
    names = ", ".join(registry_row.unread(given) or [name for name in given.names if name not in read])
    raise Unsupported(f"{reason}: leave {names} out of what is given, or take one of {able}")


def _for_another(kind: str, task: str, family: str) -> str:
    """A clause about a family of another task of the same kind of data; "" where there is none."""
    other_tasks = [other_task for place, other_task in TASKS if place == kind and find(kind, other_task, family)]
    if not other_tasks:
        return ""
    choice_words = (
        TASKS[kind, other_tasks[0]].chosen if task == GENERATE else ""
    ) or f"pass --task {other_tasks[0]} (task=)"
    return f"it is for {other_tasks[0]}, so {choice_words}, or "


def _suggest_family(kind: str, name: str, known: list[str]) -> str:
    """A clause about the family that an unknown name may mean; "" if nothing is near."""
    if meant := find_alias(kind, name):
        return f"it is the preset {meant[1].preset} of {meant[0]}, which only fit takes; "
    if close := [family for family in nearest_to(name) if family in known]:
        return f"not here; nearest is {close[0]}; or "
    if close := close_names(name, known):
        return f"did you mean {close[0]}? Or "
    return ""


def brief_of(registry_row: Row, spec, given, items: int) -> Brief | None:
    """Returns what suits few training items in place of the preset that fits the data; None where nothing is known
    to.

    Args:
        items: training items at hand.
    """
    table = presets(registry_row)
    return (
        registry_row.construction.brief.get(registry_row.construction.choose(table, spec, given, items))
        if table
        else None
    )


def hyperparameters(
    registry_row: Row, spec, given, items: int, preset: str | None = None, other: dict | None = None,
    budget: dict | None = None, about: int | None = None,
) -> dict:  # fmt: skip
    """Resolves the hyperparameters of a recipe: what stands in `config.toml` and builds the same network again.

    Raises DataError for a preset or a hyperparameter that the recipe does not have, and for a value that is out of
    range.

    Args:
        items: training items at hand.
        preset: by name; by default the one that fits the data and, by `brief_of`, the budget.
        other: values in place of the preset's.
        budget: {unit: number}, where a person named one, from which further values may follow.
        about: training items that the budget allows the preset; None where nobody knows.
    """
    family, table, other, brief = registry_row.family, presets(registry_row), other or {}, None
    if table and preset is None:
        brief = brief_of(registry_row, spec, given, items)
        preset = registry_row.construction.choose(table, spec, given, items)
    if table and preset not in table:
        raise DataError(f"no preset {preset!r} for {family}: choose one of {', '.join(table)}")
    chosen = table[preset] if table else Hyper()
    return chosen.changed(other, family).fit_to_budget(budget or {}, items, other, about, brief).values()


def codec_hyperparameters(kind: str, task: str, family: str) -> set[str]:
    """Names the hyperparameters that are of the family's codec alone, where it may take that of another run; none where
    it may not."""
    return set(getattr(_first_preset(kind, task, family), "of_codec", ()))


def families_sharing_codec(kind: str, task: str, family: str) -> list[str]:
    """Names the families that take the codec of a family, whose codes are discrete or real as theirs are."""
    real = lambda name: getattr(_first_preset(kind, task, name), "real_codes", False)
    return [
        name for name in families(kind, task) if codec_hyperparameters(kind, task, name) and real(name) == real(family)
    ]


def _first_preset(kind: str, task: str, family: str) -> Hyper | None:
    """The first preset of a family, None where there is no such family or it has no presets."""
    registry_row = find(kind, task, family)
    return next(iter(presets(registry_row).values()), None) if registry_row else None


def build(registry_row: Row, spec, given, values: dict, codec: dict | None = None):
    """Builds the untrained `Recipe` (see `core.recipe.Recipe`) for resolved hyperparameters.

    Raises DataError for a hyperparameter that the recipe does not have, or that is out of range.

    Args:
        codec: {"family", "recipe"} of the run whose codec it is built with, in place of one of its own.
    """
    make = partial(
        registry_row.construction.build, spec, given, *([_hyper(registry_row, values)] if presets(registry_row) else [])
    )
    if codec is not None:
        codec_row = row(registry_row.kind, registry_row.task, codec["family"])
        make = partial(make, codec=_hyper(codec_row, codec["recipe"]).codec(spec))
    codec_type = make()
    if registry_row.conditional != "label" or codec_type.family.conditional or not given.leaves:
        return codec_type
    from ..families.baselines.bootstrap_and_independent import ByLabel

    return replace(codec_type, family=ByLabel(spec, given, lambda: make().family))


def settle_hyperparameters(registry_row: Row, values: dict) -> dict:
    """Completes the hyperparameters of a run by those that are later than its record."""
    hyper = _hyper(registry_row, values)
    return values | {name: getattr(hyper, name) for name in hyper.fields() if name not in values}


def _hyper(registry_row: Row, values: dict) -> Hyper:
    preset = next(iter(presets(registry_row).values()), Hyper())
    return type(preset)().changed(values, registry_row.family)
