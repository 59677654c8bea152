"""The keywords of `fit`, and which of them exclude or need each other. Loads nothing heavy, since the options of the
command line are made of them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from ..core.errors import BudgetError

if TYPE_CHECKING:
    from ..training.progress import Report

BUDGET = ("minutes", "items", "steps", "epochs")
SETTLED = {  # {option that names a run: options that this run settles}
    "replay": (*BUDGET, "preset", "hyperparameters", "ensemble", "balance", "probe", "about", "pace", "control"),
    "parent": ("preset", "hyperparameters", "ensemble", "codec", "match"),
}
NEEDED = {
    "pace": "parent",
    "control": "parent",
    "member": "out",
    "train_members": "out",
}  # {option: the option that it needs}
TrainMembers = Callable[[list[Path], Callable[[str], None]], None]


class FitOptions(TypedDict, total=False):
    """The keywords of `fit`, which says more of each. Those with a line are options of the command line too, the rare
    ones by --help-all.

    Args:
        preset (NAME): Named hyperparameters, such as small or large.
        hyperparameters (--set, NAME=VALUE): A hyperparameter (see `genwright list FAMILY`).

    Budget (choose one):
        minutes: Minutes of training (2).
        steps (rare): Optimizer steps.
        items (rare): Training items seen.
        epochs: Passes over the training data.

    Training:
        pace (rare): With --from: factor on the learning rate of that run (0.1).
        balance (rare): Show each class equally often.
        ensemble (K, rare): Networks that predict properties together.
        cores (rare): Cores on which the networks of an ensemble train at once (the idle ones).
        member (K, rare): Train only the K-th member of the ensemble, in a folder of its own (docs/many-machines.md).
        match (RUN, rare): For unclip: take the two networks (towers) of this run of --task match on the same images.
        probe (rare): Choose threads and dtype by timing a few steps; the result then depends on the machine's load.
        about (ITEMS, rare): Training items that --minutes are expected to allow (by a few timed steps).
        timeout (SECONDS, rare): Seconds without an answer after which another process counts as lost (120).

    Folder:
        out: Run folder (runs/DATA-FAMILY). Resumes a run there.
        restart: Overwrite the run in the folder and begin anew.
        checkpoint_seconds (SECONDS, rare): Seconds between checkpoints (30).
        previews (N): Draw N samples into previews/ during training.
        replay (RUN): Repeat this run bit for bit.
        parent (--from, RUN): Begin with the weights of this run.
        control (NAME): With --from: train a side network that steers that run by edges, or by images beside the data.
        codec (RUN, rare): Take the codec of this run (dall-e, vq-vae).
        processes_changed (rare): Resume or repeat a run with another number of processes; its bits then differ.
    """

    minutes: float | None
    items: int | None
    steps: int | None
    epochs: float | None
    seed: int
    out: str | Path | None
    preset: str | None
    hyperparameters: dict[str, object] | None
    ensemble: int | None
    balance: bool
    rows: str
    probe: bool
    about: int | None
    task: str | None
    parent: str | Path | None
    pace: float | None
    control: str | None
    codec: str | Path | None
    match: str | Path | None
    replay: str | Path | dict | None
    restart: bool
    more: float
    checkpoint_seconds: float
    previews: int
    member: int | None
    train_members: TrainMembers | None
    cores: int | None
    progress: "bool | Report"
    device: str
    processes_changed: bool
    timeout: float


def require_compatible(options: Mapping[str, object], spelled: Callable[[str], str] = str) -> None:
    """Raises TypeError for an option that `fit` does not have, BudgetError for options that exclude each other, and for
    one without another that it needs.

    Args:
        options: keywords of `fit`; None and False count as not named.
        spelled: the name of an option as the person typed it.
    """
    if unknown := [name for name in options if name not in FitOptions.__annotations__]:
        raise TypeError(f"fit() got an unexpected keyword argument {unknown[0]!r}")
    named = {name for name, value in options.items() if value is not None and value is not False}
    for option, others in SETTLED.items():
        if option in named and (settled := [name for name in others if name in named]):
            raise BudgetError(
                f"{spelled(option)} names a run that settles {spelled(settled[0])}: leave {spelled(settled[0])} out"
            )
    for option, other in NEEDED.items():
        if option in named and other not in named:
            raise BudgetError(f"{spelled(option)} needs {spelled(other)}: add it, or leave {spelled(option)} out")
