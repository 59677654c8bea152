"""The one check of arguments: every public function makes it before it does anything else, by its own annotations.

An annotation that holds a type of somebody else, such as an array or a DataFrame, is left to whoever reads the value.
"""

import os
import re
from collections.abc import Callable, Mapping
from numbers import Integral, Real

from .errors import BudgetError, DataError, GivenError

Check = Callable[[object], bool]
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
    "Options": ("values by name, as a dict", lambda value: isinstance(value, Mapping), "{'name': 1}"),
    "list": ("a list", lambda value: hasattr(value, "__iter__"), "['name']"),
    "None": ("None", lambda value: value is None, "None"),
}


def check_arguments(of: object, values: Mapping[str, object]) -> None:
    """Raise DataError (GivenError and BudgetError where these are what a range raises) for a value of another type
    than its annotation names, with what to pass instead.

    Args:
        of: A function, or a TypedDict of keywords, whose annotations say what is what.
        values: {argument: value}, such as `locals()` at the begin of the function; others are passed over.
    """
    for name, annotation in of.__annotations__.items():
        if name in values and name != "return":
            check_value(name, values[name], annotation)


def checked_keywords(of: type, values: Mapping[str, object]) -> dict[str, object]:
    """Keywords whose types are right, with plain numbers in the place of NumPy's, which no record can hold. Raises as
    `check_arguments` does.

    Args:
        of: The TypedDict of the keywords.
        values: {keyword: value}.
    """
    check_arguments(of, values)
    whole = lambda value: int(value) if isinstance(value, Integral) else float(value)
    return {name: whole(value) if _is_number(value) else value for name, value in values.items()}


def check_value(name: str, value: object, annotation: object) -> None:
    """Raise as `check_arguments` does, of one value.

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
