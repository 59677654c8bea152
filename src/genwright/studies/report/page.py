"""A page: one self-contained HTML file of sections, drawn by the templates beside this file."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .results import MARK

CONTENTS = {  # the sections that the list at the side names: (id, name)
    "answers": ("answer", "Answer"), "families": ("families", "All families"), "look": ("look", "Look"),
    "plane": ("plane", "Seconds"), "more": ("advice", "To mind"), "numbers": ("numbers", "Numbers"),
    "drawings": ("drawings", "Pictures"), "method": ("method", "Method"), "privacy": ("privacy", "Privacy"),
    "plots": ("curves", "Curves"), "costs": ("cost", "Cost"), "facts": ("facts", "Data"),
}  # fmt: skip
SHOWN_SENTENCES = 3  # sentences of the advice that are not folded
TEMPLATES = Path(__file__).parent
SAMPLE_WORDS = {
    "unseen": "items that no model saw", "pictures": "All pictures", "cost": "Sampling",
    "costs": "Sampling is the time for the samples that were measured.", "glance": "All families, one row each",
    "key": "Diamond: simple baseline.", "advice": "What to mind", "measured": "Family",
    "look": "What they sample", "cost_unit": "samples",
}  # fmt: skip
PREDICTION_WORDS = SAMPLE_WORDS | {
    "unseen": "items whose answers no model saw", "look": "What they predict", "cost": "Predicting",
    "costs": "Predicting is the time for all items at once.", "cost_unit": "answers",
}  # fmt: skip
FILE_WORDS = SAMPLE_WORDS | {
    "glance": "All files, one row each", "key": "", "advice": "What was found", "measured": "File",
}  # fmt: skip


@cache
def environment() -> Environment:
    """Templates beside this file, whose words are escaped. All of them know the style and the mark of a report."""
    loader, strict = FileSystemLoader(TEMPLATES), StrictUndefined
    templates = Environment(loader=loader, autoescape=True, undefined=strict, trim_blocks=True, lstrip_blocks=True)
    templates.globals |= {"mark": MARK, "style": (TEMPLATES / "report.css").read_text(encoding="utf-8")}
    return templates


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Args:
        name: of what draws it in sections.html.j2.
        content: whatever that draws; a section without content is left out.
    """

    name: str
    content: object


@dataclass(frozen=True)
class Page:
    """A report: one HTML file of sections.

    Args:
        title: of the page.
        lead: sentence below the title.
        sections: in the order of the page.
        notes: sentences that stand out, above all sections.
        words: phrases for models that sample, for those that predict, or for files of samples.
        protocol: how test items were chosen, "" where all figures for the data share it.
        unfolded: whether sections that can be folded begin open.
        shown: sentences of the advice that are not folded.
    """

    title: str
    lead: str
    sections: Sequence[Section]
    notes: Sequence[str] = ()
    words: dict[str, str] = field(default_factory=lambda: SAMPLE_WORDS)
    protocol: str = ""
    unfolded: bool = False
    shown: int = SHOWN_SENTENCES

    @property
    def contents(self) -> list[tuple[str, str]]:
        """(id, name) of the sections that a list at the side leads to; none of a page without an answer."""
        there = [CONTENTS[section.name] for section in self.sections if section.content and section.name in CONTENTS]
        return there if any(section.name == "answers" for section in self.sections) else []

    def html(self) -> str:
        """The page as text."""
        script = f"\n{script_text()}enliven(document);\n"
        digest = b64encode(sha256(script.encode()).digest()).decode()
        template = environment().get_template("report.html.j2")
        return template.render(page=self, title=self.title, script=script, digest=digest)

    def parts(self) -> dict[str, object]:
        """What another page shows of this one: title, lead, notes, contents, and the sections as `html`. Their style is
        report.css, in the page or in a shadow root; `script_text` makes their tables sort and their points turn."""
        html = environment().get_template("sections.html.j2").render(page=self)
        return dict(
            title=self.title, lead=self.lead, notes=list(self.notes), contents=list(map(list, self.contents)), html=html
        )


def script_text() -> str:
    """JavaScript that defines `enliven(root)` for a document, or an element, that holds sections."""
    return (TEMPLATES / "report.js").read_text(encoding="utf-8")
