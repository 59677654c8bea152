"""What a person set for data, in a file beside them: answers to questions, and settings such as the column to predict.

Every page and every tab reads this file, and so does each command that the studio begins. Nothing is lost where a page
is left or the studio ends. Of two settings of one thing, the later one counts.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock

from ..core.errors import GenwrightError
from ..core.files import write_whole
from ..core.schemas import read_record, require
from ..core.type_names import Options

FILE = ".settings.json"
MOST = 1_000  # settings for one source
TEXT = {"type": "string", "maxLength": 10_000}


def _object(required: str, **properties: dict) -> dict:
    """The schema of an object without other properties."""
    return {"type": "object", "properties": properties, "required": required.split(), "additionalProperties": False}


ANSWER = _object("label effect options", label=TEXT, effect=TEXT, options={"type": "object"})
SETTING = _object(
    "about options",
    about=TEXT,
    options={"type": "object"},
    label=TEXT,
    answers={"type": "array", "items": ANSWER, "maxItems": MOST},
)
SETTINGS = {"type": "array", "items": SETTING, "maxItems": MOST}
SCHEMA = _object("settings", settings=SETTINGS, seen={"type": "object"})
_writing = Lock()


@dataclass(frozen=True)
class Setting:
    """One thing that a person set.

    Args:
        about: the text of a question, or the name of what is set.
        options: that follow, as `guard.check_options` takes them; none where the data stay as they are.
        label: of the answer to a question.
        answers: all answers of the question, among which a person may choose again: "label", "effect" and "options".
    """

    about: str
    options: Options
    label: str = ""
    answers: list[dict] = field(default_factory=list)


@dataclass(frozen=True)
class Settings:
    """What the file beside data holds. seen: what the studio said of the data last, for the first page."""

    settings: tuple[Setting, ...] = ()
    seen: Options = field(default_factory=dict)

    @property
    def options(self) -> Options:
        """The options of all settings."""
        return merge_options(setting.options for setting in self.settings)


def merge_options(parts: Iterable[Options]) -> Options:
    """Options of several settings together. Columns of one option add up, and so do lists of names; of two other
    values, the later one counts."""
    merged: Options = {}
    for part in parts:
        for name, value in part.items():
            before = merged.get(name)
            if isinstance(value, dict) and isinstance(before, dict):
                value = before | value
            elif isinstance(value, list) and isinstance(before, list):
                value = list(dict.fromkeys([*before, *value]))
            merged[name] = value
    return merged


def read_settings(path: Path) -> Settings:
    """The settings in a file; none where there is no file, or one that is not ours."""
    with suppress(GenwrightError):
        record = read_record(path, "set it again", allowed_folder=path.parent)
        require(record, SCHEMA, path, "set it again")
        return Settings(tuple(Setting(**one) for one in record["settings"]), record.get("seen", {}))
    return Settings()


def change_setting(path: Path, setting: Setting) -> None:
    """Write a setting, in place of an earlier one of the same thing. One without options and answers removes it."""
    with _writing:
        before = read_settings(path)
        kept = [one for one in before.settings if one.about != setting.about]
        kept += [setting] if setting.options or setting.answers else []
        _write(path, Settings(tuple(kept[-MOST:]), before.seen))


def replace_settings(path: Path, settings: Iterable[Setting]) -> None:
    """Write settings in place of all earlier ones."""
    with _writing:
        _write(path, Settings(tuple(settings), read_settings(path).seen))


def note_seen(path: Path, seen: Mapping[str, object]) -> None:
    """Write what was last said of the data, where that is news."""
    with _writing:
        before = read_settings(path)
        if before.seen != seen:
            _write(path, Settings(before.settings, dict(seen)))


def _write(path: Path, settings: Settings) -> None:
    write_whole(path, json.dumps(asdict(settings)).encode())
