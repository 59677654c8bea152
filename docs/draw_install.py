"""The tables of `install.md`: what genwright depends on, and its extras, by pyproject.toml."""

from __future__ import annotations

import re
import tomllib

from drawing import ROOT, table

from genwright.kinds.formats.forms import FORMS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PURPOSES = {  # extras whose purpose is no form of files, or more than that
    "bio": "files of sequences",
    "cluster": "jobs by Slurm ([many machines](many-machines.md#on-slurm))",
    "compress": "[lossless compression](compression.md)",
    "db": "[databases](data.md#databases)",
    "graphs": "[graphs](graphs.md)",
    "heic": "HEIC images (GPL)",
    "mol": "[molecules](molecules.md) and their [properties](properties.md)",
    "music": "[music](music.md)",
    "r": "data frames of R (AGPL)",
    "protein": "[protein chains](proteins.md)",
    "scores": "scores of music",
    "studio": "[the studio](studio.md) and [serving](serving.md)",
    "tokens": "tokenisers as the symbols of a [text](sequences.md)",
    "video": "[clips](motion.md) as video (GPL)",
    "audio": "[sound](sound.md) beside WAV",
    "science": "files of the sciences",
}


def dependencies() -> list[str]:
    return table(("package", "version"), map(_package, PROJECT["dependencies"]))


def extras() -> list[str]:
    """A row for each extra of one purpose: what for, which files, which packages."""
    rows = PROJECT["optional-dependencies"].items()
    return table(("extra", "for", "files", "packages"), (_extra(*row) for row in rows if row[0] not in ("all", "dev")))


def _extra(name: str, packages: list[str]) -> tuple[str, str, str, str]:
    suffixes = dict.fromkeys(suffix for form in FORMS if form.extra == name for suffix in form.suffixes)
    files, needed = ", ".join(map("`{}`".format, suffixes)), ", ".join(map(" ".join, map(_package, packages)))
    return f"`{name}`", PURPOSES[name], files, needed


def _package(requirement: str) -> tuple[str, str]:
    """(name, lowest version)"""
    return re.match(r"([\w.-]+)(?:\[[^]]*\])?>=(.*)", requirement).groups()


PARTS = {"install.md": {"dependencies": dependencies, "extras": extras}}
