"""A plan as a file: the data by the digest of their files, what a person set for them, and the minutes.

It names no place. Wherever the same files were brought to a studio, the plan finds them, under any name.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from .guard import Refused, body_schema
from .settings import SETTINGS, Setting, replace_settings
from .shelf import UPLOAD, Entry, Shelf

SUFFIX = ".plan.json"
FORMAT = "genwright plan 1"
CHUNK = 2**20  # bytes
DATA = body_schema({"name": {"type": "string", "maxLength": 200}, "digest": {"type": "string", "maxLength": 64}})
SCHEMA = body_schema(
    {"format": {"const": FORMAT}, "data": DATA, "minutes": {"type": "number"}, "settings": SETTINGS},
    ["format", "data", "minutes", "settings"],
)


def plan_of(shelf: Shelf, source: str, minutes: float) -> dict:
    """The plan of a comparison, as its file holds it.

    Args:
        shelf: The folder of the studio.
        source: id of an upload, or the name of data that genwright brings.
        minutes: of training, by the clock.
    """
    entry = shelf.find_entry(source, UPLOAD)
    files = [path.name for path in shelf.files_of(entry)] if entry else []
    data = {"name": ", ".join(files)[:200], "digest": digest_of(entry)} if entry else {"name": source, "digest": ""}
    settings = [asdict(setting) for setting in shelf.settings_of(source).settings]
    return {"format": FORMAT, "data": data, "minutes": minutes, "settings": settings}


def take_plan(shelf: Shelf, plan: dict) -> str:
    """Set for its data what a plan says, in place of all that was set, and return their id or name. Raises Refused
    where its data are not here, and DataError for settings that no data have.

    Args:
        shelf: The folder of the studio.
        plan: the content of the file, as `SCHEMA` has it.
    """
    name, digest = plan["data"]["name"], plan["data"]["digest"]
    alike = (entry.id for entry in shelf.entries() if entry.what == UPLOAD and digest_of(entry) == digest)
    source = next(alike, None) if digest else name
    if source is None:
        raise Refused(404, f"the data of this plan are not here: bring {name} first, and then the plan again")
    settings = [Setting(**setting) for setting in plan["settings"]]
    for setting in settings:
        shelf.source_of({"source": source, "options": setting.options})  # which refuses what is no option
    replace_settings(shelf.settings_file(source), settings)
    return source


def digest_of(entry: Entry) -> str:
    """SHA-256 of the files of an upload, in the order of their names, which do not count."""
    found = hashlib.sha256()
    for path in _files_below(entry.path):
        found.update(path.stat().st_size.to_bytes(8))
        with open(path, "rb") as file:
            while part := file.read(CHUNK):
                found.update(part)
    return found.hexdigest()


def _files_below(folder: Path) -> Iterable[Path]:
    """Files that a person brought, no links and none that the studio keeps beside them."""
    shown = (path for path in folder.rglob("*") if not any(part[0] == "." for part in path.relative_to(folder).parts))
    return sorted(path for path in shown if path.is_file() and not path.is_symlink())
