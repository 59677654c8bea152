"""docs/api.md, from docstrings, and the tables of options and named data in docs/data.md."""

from __future__ import annotations

import ast
import inspect
from functools import cached_property
from importlib import import_module
from textwrap import dedent

from drawing import table

import genwright
from genwright.kinds.formats.names import NAMES
from genwright.kinds.known_kinds import options

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
INTRODUCTION = """# The Python interface

This page is for people who write Python. It lists every public name with its arguments, results and errors. Begin \
with the [tutorial](tutorial.md).
`docs/draw.py` draws the page from the docstrings; `gw` stands for `import genwright as gw`.
"""


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


def page() -> str:
    """docs/api.md."""
    lines = [INTRODUCTION]
    for name, thing in public().items():
        own = name in genwright.__all__
        where = () if own else (f"`{thing.__module__}.{name}`", "")
        if not inspect.isclass(thing):
            lines += entry(f"gw.{name}" if own else name, thing, "##", where)
            continue
        if thing in (genwright.Generator, genwright.SampleOptions):  # classes that people make themselves
            lines += entry(f"gw.{name}", thing, "##")
        else:
            lines += [f"## {name}", "", *where, *text(thing)]
        for member, value in members(thing).items():
            is_called = not isinstance(value, property | cached_property)
            lines += entry(f"{name}.{member}", of_member(thing, member, value), "###", is_called=is_called)
    return "\n".join(lines).rstrip() + "\n"


def entry(name: str, function, level: str, where: tuple[str, ...] = (), is_called: bool = True) -> list[str]:
    """where: lines that say where a name stands. is_called: whether parentheses follow it, unlike a property's."""
    signature = (
        str(signature_of(function))
        .replace("Ellipsis", "...")
        .replace("(self, ", "(")
        .replace("(self)", "()")
        .replace("'", "")
        .replace('"', "")
    )
    signature = signature if is_called else signature.removeprefix("()")
    return [f"{level} `{name}`", "", *where, "```py", f"{name}{signature}", "```", "", *text(function)]


def written(thing) -> ast.AST:
    """The definition of a function or class, as its source has it."""
    return ast.parse(dedent(inspect.getsource(thing))).body[0]


def annotations(thing) -> dict[str, str]:
    """{name: annotation as it is written} of the arguments of a function, or of the fields of a class."""
    node = written(thing)
    if isinstance(node, ast.ClassDef):
        if "__init__" in vars(thing) and not hasattr(thing, "__dataclass_fields__"):
            return annotations(thing.__init__)
        return {line.target.id: ast.unparse(line.annotation) for line in node.body if isinstance(line, ast.AnnAssign)}
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    texts = {one.arg: ast.unparse(one.annotation) for one in every if one is not None and one.annotation}
    return texts | ({"return": ast.unparse(node.returns)} if node.returns else {})


def signature_of(thing) -> inspect.Signature:
    """With annotations as they are written."""
    texts, signature = annotations(thing), inspect.signature(thing)
    parameters = [one.replace(annotation=texts.get(one.name, one.annotation)) for one in signature.parameters.values()]
    return signature.replace(parameters=parameters, return_annotation=texts.get("return", signature.empty))


def text(thing) -> list[str]:
    return ["```text", *inspect.getdoc(thing).splitlines(), "```", ""]


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
