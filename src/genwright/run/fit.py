"""fit: data and a family's name in, a Model out. Loads nothing heavy, since the command line takes its options from
this signature."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..core.arguments import checked, defaults_of, make_value
from ..core.type_names import DataSource, Options, TrainMembers

if TYPE_CHECKING:
    from ..core.data import Data
    from ..training.progress import Report
    from .model import Model
    from .plan import Place, Plan
    from .predictor import Predictor


@checked
def fit(
    data: DataSource,
    family: str | None = None,
    *,
    minutes: float | None = None,
    items: int | None = None,
    steps: int | None = None,
    epochs: float | None = None,
    preset: str | None = None,
    hyperparameters: Options | None = None,
    ensemble: int | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    task: str | None = None,
    rows: str = "train",
    balance: bool = False,
    restart: bool = False,
    more: float = 0.0,
    replay: str | Path | dict | None = None,
    parent: str | Path | None = None,
    pace: float | None = None,
    control: str | None = None,
    codec: str | Path | None = None,
    match: str | Path | None = None,
    device: str = "auto",
    checkpoint_seconds: float = 30.0,
    previews: int = 0,
    about: int | None = None,
    probe: bool = False,
    cores: int | None = None,
    progress: "bool | Report" = True,
    member: int | None = None,
    train_members: TrainMembers | None = None,
    processes_changed: bool = False,
    timeout: float = 120.0,
) -> "Model | Predictor":
    """Train a model of some data and return it; for a task of prediction, a Predictor.

    Several processes train one model together where each makes this call with the same data and settings, in a group
    of torch.distributed or started by torchrun or srun (docs/many-machines.md). Each takes its share of every batch;
    process 0 writes `out`, which all hosts must share.

    Args:
        data: A Data, or anything that `load_data` takes.
        family: Name of the family (the one that suits the kind of data).
        minutes: Minutes of training (2, if no other budget is named). They last from the first step to the finished
            model.
        items: Training items seen.
        steps: Optimizer steps.
        epochs: Passes over the training data.
        preset: Named hyperparameters, such as small or large (those that suit the data).
        hyperparameters: Hyperparameters that override the preset's, as `genwright list FAMILY` prints them. As
            {"free_bits": 2.0}; the list shows their ranges.
        ensemble: Networks that predict properties together. They share the budget, and train side by side on idle cores
            (hyperparameter `members`). Default: as many as the budget allows, up to five, where simple predictors stand
            beside a network; otherwise one.
        seed: Seed of all random numbers. On every device, a run starts from the same weights and trains on the same
            items. All other random numbers depend on the device, so results differ between devices.
        out: Run folder (of commands: runs/DATA-FAMILY). The same call again resumes an interrupted run, to the same
            bits, or opens a finished one. Default: None, and the model stays in memory.
        task: Task to learn, as `genwright list` prints them. Default: the first task of the kind of data; for a graph,
            the one that its labels belong to.
        rows: Rows to learn from: train, trainval or all. "trainval" trains on validation rows too, as some published
            figures do; "all" trains a final model on every row. Without validation rows, nothing is validated.
        balance: Show each class equally often. Needs one conditioning category. The model still learns p(x | class);
            rare classes get more training. Validation and the labels of unconditional samples keep their frequencies.
        restart: Overwrite the run in the folder and begin anew.
        more: Seconds beyond `minutes`. A larger number than before extends a run in `out` that has ended, from before
            its cool-down.
        replay: Run to repeat bit for bit. A run folder, or the contents of its config.toml: its family,
            hyperparameters, seed and budget count. `parent`, `codec` or `match` then name where the run of its start is
            now.
        parent: Run with whose weights to begin. Its family, hyperparameters and description of the data count.
        pace: With `parent`: factor on the learning rate of that run (0.1). 0.1 suits a few new items; 1 keeps the rate.
        control: With `parent`: train a side network that steers that run by edges, or by images beside the data. Names
            the image: "edges", or one that the data carry by that name. The parent stays as it is, and is one of
            flow-matching on images; before training, samples are its own.
        codec: Run whose codec of images to take (dall-e, vq-vae). The codec stays as it is. Only what follows it is
            trained.
        match: Run of the task match on the same images, whose two networks (towers) to take. The family (unclip)
            trains none of its own.
        device: Device to train on: cpu, cuda (an NVIDIA GPU), or a GPU if there is one. "auto" is the device of the
            run that is resumed or repeated, otherwise a GPU if there is one.
        checkpoint_seconds: Seconds between checkpoints.
        previews: Samples to draw into previews/ during training. After 1,000, 2,000, 5,000, 10,000 items and so on of
            the last stage, a picture of them is written to `out`, always from the same noise. The run has the same bits
            without them. A picture is left out where they would take more than 4% of the time.
        about: Training items that `minutes` are expected to allow (by a few timed steps). Few items suit a smaller
            network with larger steps, where records show that it learns more (`genwright list FAMILY`). config.toml
            records the timed steps before the first step.
        probe: Choose threads and dtype by timing a few steps; the result then depends on the machine's load. By default
            a rule chooses them without a clock, so that the same seed gives the same bits on a busy machine.
            config.toml records the choice, and a resumed run keeps it.
        cores: Cores on which the networks of an ensemble train at once (the idle ones). Any number gives the same bits
            for the same items.
        progress: Whether to show progress on stderr.
        member: Number, from 1, of the only member of an ensemble to train, in a folder of its own
            (docs/many-machines.md). The call returns the member. The ensemble must be begun in `out`. `genwright fit
            --workers` uses this.
        train_members: Called as train_members(folders, say) when the ensemble is begun in `out`. It returns when the
            same call with `member` has ended for each folder; `say` prints a sentence. The ensemble is then what one
            process would have trained.
        processes_changed: Resume or repeat a run with another number of processes; its bits then differ.
        timeout: Seconds without an answer after which another process counts as lost.

    Raises DataError for data or a family that do not fit and for a hyperparameter that is unknown or out of range,
    Unsupported for a family that does not support the conditions or several processes, BudgetError for a budget that
    makes no sense, RunError if `out` holds another run, is in use or cannot be written, TrainingFailed for a loss that
    is not finite, DeviceError for a device that is not available, ProcessLost if another process of the run ended,
    CallError for an argument that there is not.
    """
    options = locals()
    from .fit_plan import fit_as_named

    return fit_as_named(options)


DEFAULTS = defaults_of(fit)


def plan_and_place(**options: object) -> "tuple[Plan, Place]":
    """Makes the plan and the place of a run from the keywords of `fit`."""
    from .plan import Place, Plan

    keywords: Options = DEFAULTS | options
    return make_value(Plan, keywords), make_value(Place, keywords)


def require_fit(data: "Data", family: str) -> None:
    """Raises what `fit` would raise of a family with its usual preset before it trains."""
    from ..training.progress import Report
    from .parts import named_parts, with_shipped
    from .start import start_of

    plan, place = plan_and_place(family=family, device="cpu")
    start_of(data, plan, named_parts(with_shipped({"family": family})), place, Report(False)).move_to("cpu")
