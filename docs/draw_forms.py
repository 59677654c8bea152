"""The table of forms of files, from the rows by which the loader chooses a reader."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from drawing import table

from genwright.kinds.formats.forms import FORMS
from genwright.kinds.known_kinds import kinds

PAGES = {
    "tables": "tables.md", "images": "images.md", "audio": "sound.md", "music": "music.md", "clips": "motion.md",
    "sequences": "sequences.md", "points": "points.md", "molecules": "molecules.md", "graph": "graphs.md",
    "graph-sets": "graphs-generated.md", "counts": "counts.md",
}  # fmt: skip


def forms() -> list[str]:
    """A row for each reader, with its suffixes, what it reads and the extra that it needs."""
    return table(["suffix", "what is read", "as", "needs"], _rows())


def _rows() -> Iterator[tuple[str, ...]]:
    read = [form for form in FORMS if form.kind]
    for (kind, _, extra), group in groupby(read, lambda form: (form.kind, form.reader, form.extra)):
        rows = list(group)
        suffixes = ", ".join(f"`{suffix}`" for suffix in dict.fromkeys(one for form in rows for one in form.suffixes))
        called = "; ".join(dict.fromkeys(form.called for form in rows))
        yield suffixes, called, f"[{kinds()[kind].called}]({PAGES[kind]})", f"`{extra}`" * bool(extra)


def unread() -> list[str]:
    """Forms that are named and not read."""
    rows = [form for form in FORMS if not form.kind and form.suffixes]
    names = lambda form: ", ".join(f"`{suffix}`" for suffix in form.suffixes)
    return ["| file | what it is |", "|---|---|", *(f"| {names(form)} | {form.called} |" for form in rows)]


PARTS = {"data.md": {"forms": forms, "unread": unread}}
