"""Base of Model and Predictor: the trained network, the domain that translates user data, and the record of the run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch

from ..core.arguments import checked
from ..core.device import allowed_threads
from ..core.domain import BaseDomain
from ..core.errors import Unsupported, briefly
from ..core.trainable import Trainable
from ..training.identity import run_digest, stage_decisions
from ..zoo import registry
from .folder import save_model

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(repr=False)
class TrainedModel:
    """A trained model or predictor. VERBS: {name of a verb: the method by which a family has it}.

    Args:
        family: The trained family.
        domain: The description of the data.
        config: The contents of `config.toml`.
        log: What training logged, as the file metrics.jsonl or its rows.
    """

    family: Trainable
    domain: BaseDomain
    config: dict
    _peers: Callable[[str], list[str]] = field(default=lambda verb: [], kw_only=True)  # families that have a verb
    log: Path | list[dict] = field(default_factory=list, kw_only=True)

    VERBS: ClassVar[dict[str, str]] = {}

    def __post_init__(self):
        self.family.eval()

    def has(self, verb: str) -> bool:
        """Return whether the model has the verb, one of VERBS. Calling a verb that it lacks raises Unsupported."""
        return hasattr(self.family, self.VERBS[verb])

    @property
    def verbs(self) -> list[str]:
        """Names of the verbs that the model has."""
        return [verb for verb in self.VERBS if self.has(verb)]

    @property
    def device(self) -> torch.device:
        """The device that the model computes on."""
        return self.family.device

    @property
    def parameters(self) -> int:
        """Count of the numbers that gradients trained."""
        return sum(p.numel() for p in self.family.parameters())

    @checked
    def save(self, folder: str | Path) -> Path:
        """Write a run folder that `genwright.load_model` opens: config.toml, domain.json, weights.safetensors.

        README.md becomes a model card; a text that a person wrote or changed stays there, with a warning. An existing
        run is overwritten. Raises RunError if the folder holds anything else, is in use or cannot be written.
        """
        return save_model(self, Path(folder))

    def plot_training(self) -> "Figure":
        """Returns a figure of the losses over seconds of training: lines for training items, points for validation
        items. Each unit has a panel of its own. A notebook shows the figure once; pyplot does not know it.

        Raises Unsupported if no loss is on record: the family learns without gradient steps, or `metrics.jsonl` is not
        in the folder of the run."""
        figure = registry.loss_curves()(self._name, self.log)
        if figure is None:
            raise Unsupported(
                f"{self._name} has no losses to plot: it learns without gradient steps, or its folder has no "
                "metrics.jsonl; copy that file from the trained run"
            )
        return figure

    def __repr__(self) -> str:
        return ", ".join([f"{type(self).__name__}: {self._name} of {self._data_name}", *self._facts().values()])

    def _repr_html_(self) -> str:
        """HTML table for notebooks: the family, its data, verbs, size and training."""
        row = "<tr><th style='text-align:left'>{}</th><td style='text-align:left'>{}</td></tr>"
        lines = [row.format(name, escape(value)) for name, value in self._facts().items()]
        caption = f"<b>{escape(self._name)}</b> of {escape(self._data_name)}"
        return f"<table><caption>{caption}</caption>{''.join(lines)}</table>"

    @property
    def _data_name(self) -> str:
        """The data that it was trained on, by name."""
        return self.config.get("data", {}).get("name", "data without a name")

    def _facts(self) -> dict[str, str]:
        facts, outcome = {"can": "/".join(self.verbs).replace("_", "-")}, self.config.get("outcome")
        if self.parameters:
            facts["size"] = f"{self.parameters:,} parameters"
        if outcome:
            amount_words = f"{outcome['items']:,} items" if outcome["items"] else "no gradient steps"
            facts["trained"] = f"{amount_words} in {outcome['seconds']:,.0f} s"
        if self.config.get("health"):
            facts["health"] = briefly("; ".join(self.config["health"]), 200)
        return facts

    def _require(self, verb: str) -> None:
        if not self.has(verb):
            peer_words = ", ".join(self._peers(verb)) or "none yet"
            reason = getattr(self.family, "lacks", {}).get(verb, f"it defines no {self.VERBS[verb]}")
            raise Unsupported(
                f"{self._name} cannot {verb.replace('_', '-')}: {reason}; families that can: {peer_words}"
            )

    @property
    def _name(self) -> str:
        """Name of the family."""
        return self.config.get("family", type(self.family).__name__)

    def _threads(self) -> int:
        """The threads that training found best, so that the bits of an answer do not depend on who asks for it; fewer
        within `limit_threads`."""
        stages = self.config.get("stages")
        return allowed_threads(stages[-1]["threads"]) if stages else 1


def digest_of(model: TrainedModel) -> str:
    """Returns the digest of the config, the domain and the decisions on stages, as far as weights depend on them."""
    return run_digest(model.config, model.domain.to_json(), stage_decisions(model.config))
