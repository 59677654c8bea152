"""Sampling options as options of commands: one for each that families share, and --option for those of a family's
own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.sample_options import METHOD, RANKED, SHARED, STARTED, SampleOption, SampleOptions
from .typed import pairs

PANEL = "Sampling (see genwright list for the families that take each)"
Own = Annotated[
    list[str] | None,
    typer.Option(
        "--option", metavar="NAME=VALUE", rich_help_panel=PANEL, help="Option that a family of your own declares."
    ),
]


TYPED = {
    dict: (list[str], "NAME=VALUE"),
    object: (str, "DATA"),
    Path: (Path, "RUN"),
}  # by the type of an option, where it differs: metavar


@dataclass(frozen=True)
class OfSampling:
    """Stands for the sampling options of a command (see `parameters`)."""

    options: tuple[SampleOption, ...]

    def shown(self) -> list[Parameter]:
        hints = {option.name: _annotated(option) for option in self.options} | {"option": Own}
        return [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=hint) for name, hint in hints.items()]

    def value(self, typed: dict) -> dict[str, Any]:
        """The options that were typed, {name: value}."""
        return {one.name: typed[one.name] for one in self.shown() if typed[one.name] not in (None, [])}


TypedSampling = Annotated[dict, OfSampling((*(option for option in SHARED if option != METHOD), *RANKED))]
TypedCompleting = Annotated[dict, OfSampling(tuple(option for option in SHARED if option not in STARTED))]


def sampling_options(chosen: dict[str, Any], takes: Iterable[SampleOption]) -> SampleOptions:
    """The typed options as `SampleOptions`. takes: options of the model, which read the text of its own options."""
    chosen, own = dict(chosen), {option.name: option for option in takes if option not in SHARED}
    if "against" in chosen:
        chosen["against"] = pairs(chosen["against"], "label=8")
    for name, text in pairs(chosen.pop("option", []), "name=2").items():
        chosen[name] = own[name].read(text) if name in own else text
    return SampleOptions().with_chosen(chosen)


def _annotated(option: SampleOption) -> Any:
    typed, metavar = TYPED.get(option.type, (option.type, None))
    named = typer.Option(
        f"--{option.name.replace('_', '-')}",
        metavar=metavar,
        rich_help_panel=PANEL,
        help=f"{option.help}.",
    )
    return Annotated[typed | None, named]
