"""The record of a run as a value, so that those who read it share names and no string keys."""

from dataclasses import dataclass, field

from ..core.type_names import Options, Record


@dataclass(frozen=True)
class RunRecord:
    """What `config.toml` says of a run. A part that the run does not have yet is empty.

    Args:
        content: the file's content, which is all that a replay needs; {} of a run that never began.
    """

    content: Record = field(default_factory=dict)

    @property
    def family(self) -> str:
        return self.content.get("family", "")

    @property
    def task(self) -> str:
        return self.content["task"]

    @property
    def seed(self) -> int:
        return self.content.get("seed", 0)

    @property
    def data(self) -> Record:
        """Name, source, options and sizes of the data."""
        return self.content.get("data", {})

    @property
    def source(self) -> str:
        """The data's file or address; "" where they came from Python."""
        return self.data.get("source", "")

    @property
    def parent(self) -> Record:
        """The run that it began with, its licence and its pace; {} of one that began with nothing."""
        return self.content.get("parent", {})

    @property
    def budget(self) -> dict[str, float]:
        """{unit: amount}, such as {"minutes": 5}."""
        return self.content.get("budget", {})

    @property
    def stages(self) -> list[Record]:
        """The stages in which it trained; none of a family that only counts."""
        return self.content.get("stages", [])

    @property
    def outcome(self) -> Record:
        """Items, seconds and parameters at its end; {} where it has not ended."""
        return self.content.get("outcome", {})

    @property
    def items(self) -> int:
        """Training items that it saw."""
        return self.outcome["items"]

    @property
    def seconds(self) -> float:
        """Seconds that it trained so far; 0 where it has not ended."""
        return self.outcome.get("seconds", 0.0)

    @property
    def health(self) -> list[str]:
        return self.content.get("health", [])

    @property
    def by_the_clock(self) -> bool:
        """Whether its budget is a time."""
        return "minutes" in self.budget

    @property
    def ended_by_time(self) -> bool:
        """Whether it would have trained longer if its minutes had been more."""
        return bool(self.stages) and self.by_the_clock and not self.stages[-1].get("early")

    @property
    def seconds_added(self) -> float:
        """Seconds of training that it was given beyond its budget."""
        return sum(stage.get("more", 0.0) for stage in self.stages)

    @property
    def items_learned(self) -> int:
        """Items of the data that it trained on."""
        return self.data.get("items", 0)

    @property
    def items_in_all(self) -> int:
        """Items of the data, those that validate and test too."""
        return self.data.get("all_items", 0)

    @property
    def learns_part(self) -> bool:
        """Whether it left items of the data out, to validate and to test."""
        return self.content.get("rows") == "train" and self.items_learned < self.items_in_all

    @property
    def options(self) -> Options:
        """The options with which its data were loaded."""
        return self.data.get("options", {})
