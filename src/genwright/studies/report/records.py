"""The parts of results.json as objects: a study's results, its plan, what its time settled, its rows, and the
reference; see `results`."""

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import Self

from ...run.run_record import RunRecord


class Record:
    """A part of results.json. A field that says nothing is left out of the file where the schema allows that."""

    LEFT_OUT: dict[str, object] = {}  # field: the value of one that is left out

    @classmethod
    def from_json(cls, record: dict) -> Self:
        return cls(**record)

    def to_json(self) -> dict:
        """Converts the record to a JSON object, its keys in the order of the fields."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: v for name, v in values.items() if name not in self.LEFT_OUT or v != self.LEFT_OUT[name]}


@dataclass
class StudyPlan(Record):
    """The task of a study. The same call resumes it, another one is refused.

    Args:
        families: in the order in which they are shown.
        seeds: fits of each family.
        minutes: Minutes of training by the clock, all families side by side; None where each fit has a budget of
            its own.
        share: minutes of one core that each family trains.
        cores: on which families train at once; None as for minutes.
        target: the column of a table that is learned from samples, where one was named.
        further: minutes of training by the clock that later calls added.
    """

    LEFT_OUT = {"cores": None, "target": None, "further": []}

    families: list[str]
    seeds: int = 1
    minutes: float | None = None
    share: float | None = None
    cores: int | None = None
    target: str | None = None
    further: list[float] = field(default_factory=list)

    @property
    def minutes_trained(self) -> float:
        """Minutes of training by the clock, those that were added later too."""
        return (self.minutes or 0.0) + sum(self.further)

    @property
    def core_count(self) -> int:
        """Cores on which families train at once."""
        return self.cores or 1


@dataclass
class PassCost(Record):
    """What passes of a family over the training items take.

    Args:
        least: passes that records say it needs; 0 where none does.
        each: seconds of one, as measured before training; 0 where they are not known.
        share: seconds of training that the family gets; 0 where it is left out.
    """

    least: float
    each: float
    share: float = 0.0


@dataclass
class Settled(Record):
    """Decisions of a comparison that depend on the time there was. Each is on disk before it counts; a replay takes
    them over.

    Args:
        splits: splits of the data that numbers are means over.
        first: {name of a size: items} of the first look; None before it was decided, {} where there is none.
        slow: {name of a size and a family: CPU seconds for 100 items} of what a family was not asked in that look.
        passes: {family: its passes}; {} where all share the time equally.
        planned: splits by which the runs share the time of their family.
        more: {family: seconds a run beyond its share}, of the minutes that were added.
        handed: how many of the plan's further minutes are in `more`.
        sizes: {name of a size: items that metrics are measured on, at most}; None before that is decided.
        wanted: splits that there is time for; None before that is known.
        second: families that are trained a second time; None before that is known.
    """

    LEFT_OUT = {"first": None, "slow": {}, "passes": {}, "planned": None, "more": {}, "handed": 0} | {
        "sizes": None,
        "wanted": None,
        "second": None,
    }

    splits: int = 1
    first: dict[str, int] | None = None
    slow: dict[str, float] = field(default_factory=dict)
    passes: dict[str, PassCost] = field(default_factory=dict)
    planned: int | None = None
    more: dict[str, float] = field(default_factory=dict)
    handed: int = 0
    sizes: dict[str, int] | None = None
    wanted: int | None = None
    second: list[str] | None = None

    @classmethod
    def from_json(cls, record: dict) -> Self:
        passes = {family: PassCost.from_json(cost) for family, cost in record.get("passes", {}).items()}
        return cls(**record | {"passes": passes})

    def to_json(self) -> dict:
        passes = {family: cost.to_json() for family, cost in self.passes.items()}
        return super().to_json() | ({"passes": passes} if passes else {})


@dataclass
class Row(Record):
    """One fit, known by its family, settings and seed.

    Args:
        family: Name of the family.
        settings: Settings of the study.
        seed: Seed of the random numbers.
        metrics: {name: a metric as `metric_json` stores it}.
        folder: Folder to read or write.
    """

    LEFT_OUT = {"cpu_share": None, "neighbours": 0, "believed": None, "measured": "", "unmeasured": ""} | {
        "no_value": [],
        "gains": {},
        "second": {},
    }

    family: str
    settings: dict = field(default_factory=dict)
    seed: int = 0
    recipe: str = ""
    verbs: list[str] = field(default_factory=list)
    parameters: int | None = None
    memory: float | None = None
    items: int | None = None
    seconds: dict[str, float | None] = field(default_factory=lambda: dict.fromkeys(("train", "sample", "evaluate")))
    metrics: dict[str, dict] = field(default_factory=dict)
    health: list[str] = field(default_factory=list)
    error: str | None = None
    folder: str = ""
    drawings: dict[str, str] = field(default_factory=dict)
    preview: str = ""
    per_item: str = ""
    config: RunRecord = field(default_factory=RunRecord)
    improving: dict | bool | None = None  # of earlier versions {"minutes": ...}
    splits: list[RunRecord] = field(default_factory=list)
    cpu_share: float | None = None
    neighbours: int = 0
    believed: str | None = None
    measured: str = ""
    unmeasured: str = ""
    no_value: list[str] = field(default_factory=list)
    gains: dict[str, dict | None] = field(default_factory=dict)
    second: dict[str, dict] = field(default_factory=dict)

    @classmethod
    def from_json(cls, record: dict) -> Self:
        splits = [RunRecord(config) for config in record.get("splits", [])]
        return cls(**record | {"config": RunRecord(record.get("config", {})), "splits": splits})

    def to_json(self) -> dict:
        splits = [config.content for config in self.splits]
        return super().to_json() | {"config": self.config.content, "splits": splits}


@dataclass
class Reference(Record):
    """Real test items measured against real training items, and what is reached with nothing learned."""

    LEFT_OUT = {"drawings": None, "preview": None, "chance": {}}

    metrics: dict[str, dict]
    drawings: dict[str, str] | None = None
    preview: str | None = None
    chance: dict[str, dict] = field(default_factory=dict)


@dataclass
class Results(Record):
    """The content of results.json; `results.schema.json` says what each field means.

    Args:
        plan: Plan of the study.
        seed: Seed of the random numbers.
        folder: Folder to read or write.
    """

    LEFT_OUT = {"folder": "", "measured": None, "pairs": None, "drawings": None, "picks": None}

    format: int
    study: str
    finished: bool
    data: dict | None
    plan: StudyPlan
    seed: int
    machine: dict
    metrics: dict
    reference: Reference | None = None
    published: dict[str, dict] = field(default_factory=dict)
    baselines: list[Row] = field(default_factory=list)
    models: list[Row] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    folder: str = ""
    measured: Settled | None = None
    pairs: list[dict] | None = None
    drawings: dict[str, str] | None = None
    picks: list[dict] | None = None

    @classmethod
    def from_json(cls, record: dict) -> Self:
        rows = {part: [Row.from_json(row) for row in record[part]] for part in ("baselines", "models")}
        reference = record["reference"] and Reference.from_json(record["reference"])
        settled = record.get("measured")
        typed_fields = {"plan": StudyPlan.from_json(record["plan"]), "measured": settled and Settled.from_json(settled)}
        return cls(**record | rows | typed_fields | {"reference": reference})

    def to_json(self) -> dict:
        rows = {part: [row.to_json() for row in getattr(self, part)] for part in ("baselines", "models")}
        parts = {name: part.to_json() for name in ("plan", "measured") if (part := getattr(self, name))}
        return super().to_json() | rows | parts | {"reference": self.reference and self.reference.to_json()}

    @property
    def settled(self) -> Settled:
        """What the time there was settled; of a study that settled nothing, one split and nothing else."""
        return self.measured or Settled()

    @property
    def families_left_out(self) -> dict[str, float]:
        """{family for which the minutes did not reach: seconds of training that it needs}."""
        return seconds_left_out(self.settled.passes)

    def clock_seconds(self, families: Collection[float]) -> float:
        """Returns seconds by the clock in which the cores of the comparison train families, of the seconds that each
        needs."""
        return max(sum(families) / self.plan.core_count, max(families, default=0.0))

    @property
    def reference_metrics(self) -> dict[str, dict]:
        """Metrics of real items, as rows have them; none before they were measured."""
        return self.reference.metrics if self.reference else {}


def seconds_left_out(passes: dict[str, PassCost]) -> dict[str, float]:
    """Returns {family that gets no time: seconds of training that it needs}.

    Args:
        passes: {family: its passes}.
    """
    return {family: cost.least * cost.each for family, cost in passes.items() if not cost.share}
