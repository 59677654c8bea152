"""The one check of arguments: every public function makes it before it does anything else, by its own annotations.

An annotation that holds a type of somebody else, such as an array or a DataFrame, is left to whoever reads the value.
A signature is the only place of an option's type and default; `Args:` of its function describes the option.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import partial, wraps
from inspect import Parameter, cleandoc, signature
from numbers import Integral, Real
from textwrap import wrap
from typing import ParamSpec, TypeVar

from .errors import BudgetError, CallError, DataError, GivenError

Given = ParamSpec("Given")
Result = TypeVar("Result")
Value = TypeVar("Value")
Check = Callable[[object], bool]
WIDTH = 120  # columns of a docstring
EXAMPLES = {  # {argument: what a person passes}
    "device": "'cpu'", "preset": "'tiny'", "out": "'runs/mine'", "folder": "'runs/mine'", "minutes": "2", "n": "16",
}  # fmt: skip
LISTED = {"family": "choose one that `genwright list` prints", "families": "pass a list that `genwright list` prints"}
FAULTS = {"n": GivenError} | dict.fromkeys(
    ("minutes", "items", "steps", "epochs", "more_minutes", "checkpoint_seconds", "previews", "timeout"), BudgetError
)


def _is_truth(value: object) -> bool:
    return type(value).__name__ in ("bool", "bool_")


def _is_whole_number(value: object) -> bool:
    return isinstance(value, Integral) and not _is_truth(value)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not _is_truth(value)


KINDS: dict[str, tuple[str, Check, str]] = {  # {type: what it is in words, whether a value is one, an example}
    "int": ("a whole number", _is_whole_number, "1"),
    "float": ("a number", _is_number, "1.5"),
    "bool": ("True or False", _is_truth, "True"),
    "str": ("a text", lambda value: isinstance(value, str), "'name'"),
    "Path": ("a path", lambda value: isinstance(value, (str, os.PathLike)), "'runs/mine'"),
    "dict": ("values by name, as a dict", lambda value: isinstance(value, Mapping), "{'name': 1}"),
    "Mapping": ("values by name, as a dict", lambda value: isinstance(value, Mapping), "{'name': 1}"),
    "Options": ("values by name, as a dict", lambda value: isinstance(value, Mapping), "{'name': 1}"),
    "list": ("a list", lambda value: hasattr(value, "__iter__"), "['name']"),
    "Sequence": ("a list", lambda value: hasattr(value, "__iter__"), "['name']"),
    "None": ("None", lambda value: value is None, "None"),
}


def check_arguments(of: object, values: Mapping[str, object]) -> None:
    """Checks values against the annotations of a function. Raises DataError (GivenError and BudgetError where these are
    what a range raises) for a value of another type, with what to pass instead.

    Args:
        of: A function, whose annotations say what is what.
        values: {argument: value}, such as `locals()` at the begin of the function; others are passed over.
    """
    for name, annotation in of.__annotations__.items():
        if name in values and name != "return":
            check_value(name, values[name], annotation)


def checked(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Decorates a public function so that it refuses a wrong call, in one sentence, before it does anything.

    It raises CallError for an unknown keyword, with the nearest name, and for a position too many, with the keyword
    that was meant. It raises as `check_arguments` does for a value of a wrong type. Numbers of NumPy, which no record
    can hold, become plain ones."""
    parameters = signature(function).parameters
    by_position = [name for name, one in parameters.items() if one.kind is Parameter.POSITIONAL_OR_KEYWORD]
    takes_any = any(one.kind is Parameter.VAR_KEYWORD for one in parameters.values())

    @wraps(function)
    def call(*values: Given.args, **keywords_given: Given.kwargs) -> Result:
        if len(values) > len(by_position):
            raise _too_many(function, by_position, values)
        if not takes_any and (unknown := next((name for name in keywords_given if name not in parameters), None)):
            near = get_close_matches(unknown, parameters, 1) or by_position[:1]
            raise CallError(f"{function.__name__} has no argument {unknown!r}: did you mean {near[0]!r}?")
        check_arguments(function, dict(zip(by_position, values)) | keywords_given)
        return function(
            *map(_plain_value, values), **{name: _plain_value(value) for name, value in keywords_given.items()}
        )

    return call


def _plain_value(value: object) -> object:
    if not _is_number(value):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def _too_many(function: Callable, by_position: list[str], values: tuple) -> CallError:
    """The error for a position too many: it was meant for the first keyword whose type takes the value."""
    value = values[len(by_position)]
    keywords = {name: one.annotation for name, one in signature(function).parameters.items() if name not in by_position}
    keyword_meant = next(
        (name for name, annotation in keywords.items() if _takes_value(annotation, value)), [*keywords][0]
    )
    names = " and ".join(name for name in by_position if name != "self")
    return CallError(
        f"{function.__name__} takes {names} by position, and a further value, {_short_text(value)}: name it, as in "
        f"{keyword_meant}={_short_text(value)}"
    )


def _takes_value(annotation: object, value: object) -> bool:
    """Whether an annotation names a type of the value, or a type of somebody else."""
    return any(kind not in KINDS or KINDS[kind][1](value) for kind in _types_of(annotation))


def defaults_of(function: Callable) -> dict[str, object]:
    """Returns the keywords of a function that have a default: {keyword: default}."""
    parameters = signature(function).parameters.items()
    return {name: one.default for name, one in parameters if one.default is not Parameter.empty}


def make_value(kind: type[Value], options: Mapping[str, object]) -> Value:
    """Makes a dataclass from the options that are its fields.

    Args:
        kind: The dataclass.
        options: {option: value} of all options of a function.
    """
    return kind(**{field.name: options[field.name] for field in fields(kind)})


def show_keywords(
    function: Callable[Given, Result], rows: Iterable[tuple[str, object, str]], accepts_others: bool
) -> Callable[Given, Result]:
    """Shows the keywords that a function's ** takes by name, in its signature and docstring.

    Args:
        function: A function that takes keywords by **, which `Args:` describes.
        rows: Name, type (or the text of it) and description of each keyword.
        accepts_others: Whether it takes others too, so that ** stays in the signature.
    """
    own_signature = signature(function)
    *parameters, catch_all = own_signature.parameters.values()
    rows = [row for row in rows if row[0] not in own_signature.parameters]
    note = lambda kind: f"{kind} | None" if isinstance(kind, str) else kind | None
    shown_parameters = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=note(kind)) for name, kind, _ in rows
    ]
    function.__signature__ = own_signature.replace(
        parameters=[*parameters, *shown_parameters, *([catch_all] if accepts_others else [])]
    )
    lines = (function.__doc__ or "").split("\n")
    at = next(k for k, line in enumerate(lines) if catch_all.name in line.strip().partition(":")[0].split(", "))
    depth = len(lines[at]) - len(lines[at].lstrip())
    at += 1
    while lines[at].startswith(" " * (depth + 1)):
        at += 1
    begin, more_of_it = " " * depth, " " * (depth + 4)
    wrapped = partial(wrap, width=WIDTH, initial_indent=begin, subsequent_indent=more_of_it, break_long_words=False)
    lines[at:at] = [line for name, _, text in rows for line in wrapped(f"{name}: {text}")]
    function.__doc__ = "\n".join(lines)
    return function


def described(thing: Callable | type) -> dict[str, str]:
    """Reads the texts under `Args:` in a docstring: {argument: text}, each text in one line."""
    texts: dict[str, str] = {}
    names: list[str] = []
    _, _, block = cleandoc(thing.__doc__ or "").partition("\nArgs:\n")
    for line in block.split("\n"):
        depth, words = len(line) - len(line.lstrip()), line.strip()
        if depth == 4:
            keyword_line, _, text = words.partition(": ")
            names = keyword_line.split(", ")
            texts |= dict.fromkeys(names, text)
        elif depth > 4:
            texts |= {name: f"{texts[name]} {words}" for name in names}
        elif words:
            break
    return texts


def check_value(name: str, value: object, annotation: object) -> None:
    """Checks one value against an annotation, as `check_arguments` does.

    Args:
        name: The argument.
        value: Its value.
        annotation: Its type, or the text of it.
    """
    kinds = [KINDS.get(kind) for kind in _types_of(annotation)]
    if None in kinds or any(is_one(value) for _, is_one, _ in kinds):
        return
    kinds = [kind for kind in kinds if kind is not KINDS["None"]]
    words = " or ".join(dict.fromkeys(words for words, _, _ in kinds))
    raise FAULTS.get(name, DataError)(
        f"{name} must be {words}, not {_short_text(value)}: {_remedy(name, value, kinds)}"
    )


def _types_of(annotation: object) -> list[str]:
    """Names of the types of a union, without what stands in brackets."""
    text = getattr(annotation, "__forward_arg__", None) or (
        annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else str(annotation)
    )
    while text != (text := re.sub(r"\[[^\[\]]*\]", "", text)):
        pass
    return [part.strip().rpartition(".")[2].replace("NoneType", "None") for part in text.split("|")]


def _short_text(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _remedy(name: str, value: object, kinds: list[tuple[str, Check, str]]) -> str:
    """What to pass instead, as it is typed: the value itself where its type alone is wrong."""
    if name in LISTED:
        return LISTED[name]
    (_, is_one, example), *_ = kinds
    if is_one in (_is_whole_number, _is_number) and not _is_truth(value):
        try:
            number = float(value)
            whole = number == int(number)
        except (TypeError, ValueError, OverflowError):
            return f"pass {name}={EXAMPLES.get(name, example)}"
        if whole or is_one is _is_number:
            return f"pass {name}={int(number) if whole else number}"
    return f"pass {name}={EXAMPLES.get(name, example)}"
