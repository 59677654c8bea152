"""What a person hands over to be read: a name, a path, or an object of theirs or of another library."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.addresses import hide_secrets, is_address
from ...core.errors import DataError
from ...core.type_names import Options
from .forms import forms_of, name_of
from .names import NAMES
from .raw import Held, Reader

if TYPE_CHECKING:
    pass

STANDARD_INPUT = "-"
MEMBER = "::"  # people.zip::visits.csv is the archive people.zip, with the option archive_file visits.csv


@dataclass(frozen=True)
class Source:
    """A source in a form that readers know; `Source.take` makes one of whatever a person hands over.

    Args:
        given: a name, a path as text, or an object.
        options: those that were named with it.
        usual_sheet: of items for a model, the sheet of a workbook that it was trained on, "" where none is on record;
            None of data to learn from.
        own_texts: of items for a model, its columns and the texts that each holds; such a text is no word for a missing
            cell, and a column that has any is text.
        inside: in how many other files it lies, such as an archive, which may hold no other.
        reader: what reads it, and other sources, as any kind of data.
    """

    given: object
    options: Options = field(default_factory=dict)
    seed: int = 0
    task: str | None = None
    usual_sheet: str | None = None
    own_texts: Mapping[str, Collection[str]] = field(default_factory=dict)
    inside: int = 0
    reader: Reader | None = None

    @classmethod
    def take(cls, given: object, options: Options | None = None, **more: Any) -> Source:
        """The source that a person hands over. A path leads to what it names, the password of a database is hidden, and
        an object of another library becomes one that readers know. Raises DataError for one that holds no items alike.

        Args:
            given: as in `load_data`.
            options: those that were named with it.
            more: other fields.
        """
        options = options or {}
        if not isinstance(given, (str, os.PathLike)):
            from .objects import convert_object

            given, own = convert_object(given)
            return cls(given, own | options, **more)
        archive, _, member = str(given).partition(MEMBER)
        if member and not os.path.exists(given) and os.path.isfile(archive):
            return cls(archive, options | {"archive_file": member}, **more)
        if isinstance(given, os.PathLike) and str(given) in NAMES and os.path.exists(given):
            return cls(os.path.join(os.curdir, given), options, **more)  # a name means the named data
        return cls(hide_secrets(given) if isinstance(given, str) else given, options, **more)

    def get(self, option: str) -> Any:
        """The value of an option, None where it was not named."""
        return self.options.get(option)

    @property
    def labels(self) -> dict[str, Collection[str]]:
        """The words for missing that are labels. {column: words for missing}, of columns in which a person says that
        none of these is missing."""
        from ..values.corrections import Corrections
        from ..values.typed_cells import MISSING

        return dict.fromkeys(Corrections.of_options(self.options).without_words, MISSING - {""})

    def but(self, **options: object) -> Source:
        """A copy with other options."""
        return replace(self, options=self.options | options)

    def read(self) -> Held:
        """What it holds, of whatever kind. Raises DataError where it cannot be read."""
        return self.reader.read(self)[0]

    def read_as(self, kind: str) -> Any:
        """The contents, which must be of one kind, that of a model's data. Raises DataError where they are not."""
        raw = self.but(kind=kind).read()
        if raw.kind != kind:
            raise DataError(
                f"{self.called} holds {self.reader.called(raw.kind)}, and {self.reader.called(kind)} is what is read "
                "here: name data of its kind"
            )
        return raw

    @property
    def called(self) -> str:
        """The name of the source in an error."""
        return self.text or f"the {type(self.given).__name__}"

    @property
    def name(self) -> str | None:
        """The name, where data are named (see `NAMES`), else None."""
        return str(self.given) if self._is_text and str(self.given) in NAMES else None

    @property
    def path(self) -> Path | None:
        """The path if the source is one, whether or not it exists, else None."""
        if isinstance(self.given, str) and self.given == STANDARD_INPUT:
            from .objects import standard_input

            return standard_input()
        is_path = self._is_text and self.name is None and self.address is None
        return Path(self.given).expanduser() if is_path else None

    @property
    def address(self) -> str | None:
        """The address of a database, if the source is one, else None."""
        return self.given if isinstance(self.given, str) and is_address(self.given) else None

    @property
    def text(self) -> str | None:
        """A name or a path as it was typed, None of an object."""
        return str(self.given) if self._is_text else None

    @property
    def is_folder(self) -> bool:
        return self.path is not None and os.path.isdir(self.path)

    @property
    def stem(self) -> str:
        """The name of a file up to its first dot, or of a folder."""
        return name_of(self.path)

    def ends(self, *suffixes: str) -> bool:
        """Whether it is a path that ends in one of these."""
        return self.path is not None and self.path.name.lower().endswith(suffixes)

    def is_file_for(self, *readers: str) -> bool:
        """Whether it is the path of a file whose name says that such a reader reads it. readers: their beginnings."""
        return self.path is not None and bool(forms_of(self.path.name, *readers)) and not self.is_folder

    @cached_property
    def table_parts(self) -> list[Path]:
        """The files of a folder that are parts of one table, [] of any other source."""
        from .tables.table_parts import list_parts

        return list_parts(self.path) if self.is_folder else []

    @property
    def holds_texts(self) -> bool:
        """Whether the object is a list that begins with a text, or a pandas Series that does."""
        return _are_texts(self.given)

    @property
    def is_pair(self) -> bool:
        """Whether it is (items, labels)."""
        return isinstance(self.given, tuple) and len(self.given) == 2

    @property
    def pairs_texts(self) -> bool:
        """Whether it is (texts, labels)."""
        return self.is_pair and _are_texts(self.given[0])

    @property
    def _is_text(self) -> bool:
        return isinstance(self.given, (str, os.PathLike))


def _are_texts(given: object) -> bool:
    values = given if isinstance(given, list) else given.tolist() if hasattr(given, "to_frame") else []
    return bool(values) and isinstance(values[0], str)
