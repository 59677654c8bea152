"""Names of folders and of the files in them. Characters that a name cannot hold are escaped (/ as %2F), so that no two
labels share a folder."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote

# What some system does not take in a name; a dot in front, which hides; a dot or a blank at the end, which gets lost.
_STRANGE = re.compile(r'[/\\:*?"<>|%\x00-\x1f\x7f]|^\.|[. ]$')
_WRITTEN = re.compile(r"%[0-9A-F]{2}")


def folder_name(label: object) -> str:
    return _STRANGE.sub(lambda found: f"%{ord(found[0]):02X}", str(label)) or "%"


def label_of(name: str) -> str:
    """The label of a folder that `folder_name` named; another name is a label as it is."""
    if name == "%":
        return ""
    label = _WRITTEN.sub(lambda found: unquote(found[0]), name)
    return label if folder_name(label) == name else name


def file_names(names: Sequence[str], count: int, suffix: str) -> list[str]:
    """Names of `count` files of a suffix: by the files that their items are from, if there is one for each, otherwise
    by number."""
    if len(names) != count:
        return [f"{number:05d}{suffix}" for number in range(count)]
    stems = [str(PurePosixPath(name.removesuffix(".gz")).with_suffix("")) for name in names]
    return [f"{stem}{suffix}" for stem in (stems if len(set(stems)) == count else names)]
