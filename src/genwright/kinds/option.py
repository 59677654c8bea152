"""An option of data: its name, type and words."""

from dataclasses import dataclass
from types import GenericAlias, UnionType

DATA, TABLES, TEXT_GROUP = "Data", "Tables", "Text and music"  # panels of options
NAME_OR_NAMES = str | list[str]  # one name, or several
TEXTS = {"type": "array", "items": {"type": "string"}}
CELLS = {"type": "array", "items": {"type": ["string", "number", "boolean"]}}
SCHEMAS = {  # type of an option -> its value in a record
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    list[str]: TEXTS,
    NAME_OR_NAMES: {"anyOf": [{"type": "string"}, TEXTS]},
    tuple[float, float]: {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    float: {"type": "number"},
    dict[str, str]: {"type": "object", "additionalProperties": {"type": "string"}},
    dict[str, float]: {"type": "object", "additionalProperties": {"type": "number"}},
    dict[str, list]: {"anyOf": [CELLS, {"type": "object", "additionalProperties": CELLS}]},
}

ACCEPTED = {  # type of an option -> what a person may pass: a text may stand for a number or a list, as in a command
    str: "str | Path | int",
    int: "int",
    bool: "bool",
    float: "int | float",
    list[str]: "str | Path | Sequence[str]",
    NAME_OR_NAMES: "str | int | Sequence[str | int]",
    tuple[float, float]: "Sequence[float]",
    dict[str, str]: "str | Path | Mapping[str, str] | Sequence[object]",
    dict[str, float]: "str | Path | Mapping[str, float] | Sequence[str]",
    dict[str, list]: "str | int | float | Mapping[str, object] | Sequence[object]",
}


@dataclass(frozen=True)
class Option:
    """A row of the options of data: its name, type and words.

    Args:
        name: the keyword of `load_data`; the command line writes it --name, with - for _.
        type: of its value, a key of `SCHEMAS`.
        help: a phrase.
        panel: the part of the command line's help under which it stands.
        kinds: of data that have a use for it, filled in by `kinds.known_kinds`; every one where none says so.
        metavar: what to type.
        rare: whether only --help-all shows it.
        spelled: how the command line spells it too, once for each of its values; such a value is never cut at commas.
    """

    name: str
    type: type | UnionType | GenericAlias
    help: str
    panel: str
    kinds: tuple[str, ...] = ()
    metavar: str = "NAME"
    rare: bool = False
    spelled: str = ""

    @property
    def names_file(self) -> bool:
        """Whether its value may be the path of a file."""
        return "FILE" in self.metavar

    @property
    def accepts(self) -> str:
        """Types of what a person may pass; a table may stand for the path to one."""
        return ACCEPTED[self.type] + " | UserItems" * (self.names_file and self.type is str)
