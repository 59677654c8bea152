"""The parts of results.json as objects: a study's results, its rows, and the reference; see `results`."""

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import Self


class Record:
    """A part of results.json. A field that says nothing is left out of the file where the schema allows that."""

    LEFT_OUT: dict[str, object] = {}  # field: the value of one that is left out

    @classmethod
    def from_json(cls, record: dict) -> Self:
        return cls(**record)

    def to_json(self) -> dict:
        """The JSON object, its keys in the order of the fields."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: v for name, v in values.items() if name not in self.LEFT_OUT or v != self.LEFT_OUT[name]}


@dataclass
class Row(Record):
    """One fit, known by its family, settings and seed. metrics: {name: a metric as `metric_json` stores it}."""

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
    config: dict = field(default_factory=dict)
    improving: dict | bool | None = None  # of earlier versions {"minutes": ...}
    splits: list[dict] = field(default_factory=list)
    cpu_share: float | None = None
    neighbours: int = 0
    believed: str | None = None
    measured: str = ""
    unmeasured: str = ""
    no_value: list[str] = field(default_factory=list)
    gains: dict[str, dict | None] = field(default_factory=dict)
    second: dict[str, dict] = field(default_factory=dict)


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
    """The content of results.json; `results.schema.json` says what each field means."""

    LEFT_OUT = {"folder": "", "measured": None, "pairs": None, "drawings": None, "picks": None}

    format: int
    study: str
    finished: bool
    data: dict | None
    plan: dict
    seed: int
    machine: dict
    metrics: dict
    reference: Reference | None = None
    published: dict[str, dict] = field(default_factory=dict)
    baselines: list[Row] = field(default_factory=list)
    models: list[Row] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    folder: str = ""
    measured: dict | None = None
    pairs: list[dict] | None = None
    drawings: dict[str, str] | None = None
    picks: list[dict] | None = None

    @classmethod
    def from_json(cls, record: dict) -> Self:
        rows = {part: [Row.from_json(row) for row in record[part]] for part in ("baselines", "models")}
        reference = record["reference"] and Reference.from_json(record["reference"])
        return cls(**record | rows | {"reference": reference})

    def to_json(self) -> dict:
        rows = {part: [row.to_json() for row in getattr(self, part)] for part in ("baselines", "models")}
        return super().to_json() | rows | {"reference": self.reference and self.reference.to_json()}

    @property
    def families_left_out(self) -> dict[str, float]:
        """{family for which the minutes did not reach: seconds of training that it needs}."""
        return seconds_left_out((self.measured or {}).get("passes", {}))

    def clock_seconds(self, families: Collection[float]) -> float:
        """Seconds by the clock in which the cores of the comparison train families, of the seconds that each needs."""
        return max(sum(families) / self.plan.get("cores", 1), max(families, default=0.0))

    @property
    def reference_metrics(self) -> dict[str, dict]:
        """Metrics of real items, as rows have them; none before they were measured."""
        return self.reference.metrics if self.reference else {}


def seconds_left_out(passes: dict[str, dict[str, float]]) -> dict[str, float]:
    """{family that gets no time: seconds of training that it needs}. passes: {family: {"least": passes over the data
    that it needs, "each": seconds of one, "share": seconds that it gets}}."""
    return {family: cost["least"] * cost["each"] for family, cost in passes.items() if not cost["share"]}
