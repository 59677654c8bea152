"""docs/api.md and docs/api/, a page for each public name, and the tables of options and named data in docs/data.md.

A page of docs/api/ names an object; mkdocstrings writes what its docstring says when the site is built.
"""

from __future__ import annotations

import ast
import inspect
import re
from functools import cached_property
from importlib import import_module
from pathlib import Path
from textwrap import dedent

from drawing import table

import genwright
from genwright.kinds.formats.names import NAMES
from genwright.kinds.known_kinds import options
from genwright.studies.measure_samples import measure

BEYOND = {  # what pages tell people to use that `import genwright` has not: module, names
    "genwright.core.data": ("Data",),
    "genwright.run.predictor": ("Predictor",),
    "genwright.studies.compare.comparison": ("Comparison",),
    "genwright.molecules.screen.screen": ("Screened",),
    "genwright.molecules.design.result": ("Designed",),
    "genwright.graphs.kinds.graph_data": ("GraphData",),
    "genwright.core.family": ("Family",),
    "genwright.core.spec": ("Spec",),
    "genwright.core.sample_options": ("SampleOption",),
    "genwright.studies.attributes": ("attribute_vector", "edited"),
    "genwright.studies.bounds": ("amortisation_gap",),
    "genwright.molecules.library_tables": ("score",),
    "genwright.measure.metrics.shapes_rule": ("agreement", "guessed_apart", "measure_edits", "read_attributes"),
    "genwright.kinds.named.shapes": ("draw_shapes", "parse_captions"),
    "genwright.core.graph": ("from_edges", "undirected"),
    "genwright.graphs.networks.normalise": ("mean",),
    "genwright.graphs.networks.propagate": ("propagate",),
    "genwright.graphs.networks.convolutions": ("GCN",),
    "genwright.core.manifest": ("Package", "Task", "add_package"),
    "genwright.core.hyper": ("Hyper", "flag", "one_of", "real", "whole", "wholes"),
    "genwright.core.recipe": ("Trained",),
    "genwright.families.conditions": ("drop_given",),
    "genwright.networks.conditioning": ("GivenVector",),
    "genwright.distributions.coordinates": ("continuous", "exactness", "log_mean_density"),
    "genwright.kinds.known_kinds": ("register_kind",),
    "genwright.kinds.fields.fields": ("register_field",),
    "genwright.zoo.registry": ("register_task",),
    "genwright.measure.metric": ("Role",),
    "genwright.measure.rows": ("MetricRow", "of_items"),
    "genwright.studies.measure_samples": ("measure",),
    "genwright.studies.study": ("blank_row", "study"),
}
SOURCE = Path(genwright.__file__).parent
DEFINED = "# Drawn by docs/draw.py, for the options of data are rows of a table (`kinds/options.py`)\n"
INTRODUCTION = """# The Python interface

This page is for people who write Python. It lists every public name; `gw` stands for `import genwright as gw`. The \
page of a name has its arguments, results and errors. So has `help(gw.fit)` in Python. Begin with the \
[tutorial](tutorial.md).
"""
MORE = (
    "## For code of your own\n\nThese are imported from their modules, for families, metrics and studies of your own.\n"
)


def public() -> dict[str, object]:
    """Every public name: those that `import genwright` has, then BEYOND."""
    beyond = {name: getattr(import_module(module), name) for module, names in BEYOND.items() for name in names}
    return {name: getattr(genwright, name) for name in genwright.__all__} | beyond


def members(thing: type) -> dict[str, object]:
    """The public functions and properties of a class, those of our base classes among them; its docstring has the
    fields."""
    ours = [base for base in reversed(thing.__mro__) if base.__module__.startswith("genwright")]
    found = {name: value for base in ours for name, value in vars(base).items() if not name.startswith("_")}
    fields = getattr(thing, "__dataclass_fields__", ())
    is_entry = lambda name, value: name not in fields and inspect.isfunction(of_member(thing, name, value))
    return {name: value for name, value in found.items() if is_entry(name, value)}


def of_member(thing: type, name: str, value: object) -> object:
    """The function behind a member of a class."""
    if isinstance(value, property):
        return value.fget
    return value.func if isinstance(value, cached_property) else getattr(thing, name)


def title_of(name: str) -> str:
    return f"gw.{name}" if name in genwright.__all__ else name


def pages() -> dict[str, str]:
    """{page below docs: its text} of the index and of every public name."""
    found = public()
    parts = []
    for names in (genwright.__all__, [name for name in found if name not in genwright.__all__]):
        rows = ((f"[`{title_of(name)}`](api/{name}.md)", first_sentence(found[name])) for name in names)
        parts.append("\n".join(table(("name", "what"), rows)))
    index = "\n".join([INTRODUCTION, parts[0], "", MORE, parts[1], ""])
    return {"api.md": index} | {f"api/{name}.md": page(name, thing) for name, thing in found.items()}


def first_sentence(thing: object) -> str:
    text = " ".join(inspect.getdoc(thing).split("\n\n")[0].split())
    return re.split(r"(?<=[.])\s", text)[0].replace("|", "\\|")


def page(name: str, thing: object) -> str:
    """A page of docs/api/: what mkdocstrings is to show of an object."""
    place = f"{thing.__module__}.{thing.__qualname__}"
    lines = [f"# `{title_of(name)}`", ""]
    if name not in genwright.__all__:
        lines += [f"`from {thing.__module__} import {name}`", ""]
    lines += [f"::: {place}"]
    if inspect.isclass(thing):
        own = list(members(thing))
        lines += [
            "    options:",
            "      members:" if own else "      members: []",
            *(f"        - {one}" for one in own),
        ]
    return "\n".join(lines) + "\n"


def stub() -> str:
    """src/genwright/__init__.pyi: its lines of public names, and after them the definitions of the functions that take
    options of data, so that editors and checkers of types know each option."""
    text = (SOURCE / "__init__.pyi").read_text()
    names, mark, _ = text.partition(DEFINED)
    return "\n".join([f"{names}{mark}", *map(definition, (genwright.load_data, measure))])


def definition(function) -> str:
    """The signature and docstring of a function, as a stub has them. Annotations are those of its source, and of the
    rows that stand for its **."""
    source, lines = ast.parse(dedent(inspect.getsource(function))).body[0], []
    written = {one.arg: ast.unparse(one.annotation) for one in [*source.args.args, *source.args.kwonlyargs]}
    for name, one in inspect.signature(function).parameters.items():
        if one.kind is one.KEYWORD_ONLY and "    *," not in lines:
            lines.append("    *,")
        default = "" if one.default is one.empty else f" = {one.default!r}"
        lines.append(f"    {name}: {written.get(name, one.annotation)}{default},")
    returned = ast.unparse(source.returns).strip("'")
    head = [f"def {function.__name__}(", *lines, f") -> {returned}:"]
    return "\n".join([*head, f'    """{function.__doc__.rstrip()}', '    """', ""])


def data_options() -> list[str]:
    """The options of `load_data`, from their table."""
    typed = lambda one: (one.spelled or f"--{one.name.replace('_', '-')}") + f" {one.metavar}" * (one.type is not bool)
    rows = (
        (f"`{one.name}`", f"`{typed(one)}`".replace("|", "\\|"), ", ".join(one.kinds) or "every kind", one.help)
        for one in options()
    )
    return table(("option", "on the command line", "for", "what it says"), rows)


def named_sets() -> list[str]:
    return table(("name", "what", "licence"), ((name, row.what, row.licence) for name, row in NAMES.items()))


PARTS = {"data.md": {"options": data_options, "names": named_sets}}
