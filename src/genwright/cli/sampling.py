"""Sampling options as options of commands: one for each that families share, and --option for those of a family's
own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, get_type_hints

import typer

from ..core.sample_options import SHARED, SampleOption, SampleOptions
from .typed import pairs

PANEL = "Sampling (see genwright list for the families that take each)"
Own = Annotated[
    list[str] | None,
    typer.Option(
        "--option", metavar="NAME=VALUE", rich_help_panel=PANEL, help="Option that a family of your own declares."
    ),
]


def with_sampling(command: Callable) -> Callable:
    """A command with options for sampling. It gets what was typed, {name: value}, as its argument `chosen`."""
    hints = {
        name: hint
        for name, hint in get_type_hints(command, include_extras=True).items()
        if name not in ("chosen", "return")
    }
    added = {option.name: _annotated(option) for option in SHARED} | {"option": Own}

    @wraps(command)
    def run(**typed: Any) -> None:
        said = {name: value for name in added if (value := typed.pop(name)) not in (None, [])}
        command(**typed, chosen=said)

    own = [p.replace(annotation=hints[p.name]) for p in signature(command).parameters.values() if p.name in hints]
    more = [Parameter(name, own[0].kind, default=None, annotation=hint) for name, hint in added.items()]
    run.__signature__, run.__annotations__ = Signature([*own, *more]), hints | added
    del run.__wrapped__  # whose signature has no sampling options
    return run


def sampling_options(chosen: dict[str, Any], takes: Iterable[SampleOption]) -> SampleOptions:
    """What was typed. takes: the options of the model, which say what the values of its own are."""
    chosen, own = dict(chosen), {option.name: option for option in takes if option not in SHARED}
    if "against" in chosen:
        chosen["against"] = pairs(chosen["against"], "label=8")
    for name, text in pairs(chosen.pop("option", []), "name=2").items():
        chosen[name] = own[name].read(text) if name in own else text
    return SampleOptions().with_chosen(chosen)


def _annotated(option: SampleOption) -> Any:
    named = typer.Option(
        f"--{option.name.replace('_', '-')}",
        metavar="NAME=VALUE" if option.type is dict else None,
        rich_help_panel=PANEL,
        help=f"{option.help}.",
    )
    return Annotated[(list[str] if option.type is dict else option.type) | None, named]
