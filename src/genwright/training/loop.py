"""The one training loop. Its clock is items seen; the weights after k items are a function of (config, seed, k).

    for each stage:                                  codec, then prior; mostly there is one
        for k = 0, batch, 2 batch, ... until the budget ends:
            batch(k): items by the permutation of (seed, stage, epoch), or by class in turn; draws from (seed, stage, k)
            each player in order, every so many steps: loss, gradient, clip, AdamW at lr_schedule(k)
            average of weights; now and then validation, which keeps the best average
        the family takes the best average
    finish                                           what needs no gradient

Whatever depends on time or on the machine (threads, dtype, the items at which a stage cools down and ends) is decided
once, written to config.toml and only then obeyed. A run that goes on from a checkpoint, or a replay, reads it there.

Several processes may run this loop together, each on its share of every batch: `world` is all that they have in common.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from math import ceil, inf

import torch
from torch import Tensor

from ..core import schemas
from ..core.cpu import CpuShare
from ..core.device import move_if_it_fits, synchronize, threads, use_threads
from ..core.draws import Draws, seeded
from ..core.errors import RunError, TrainingFailed, damage
from ..core.recipe import Recipe
from ..core.schemas import require
from ..core.seeds import seed_of
from ..core.trainable import HeldOut, Items, Stage, join
from . import budget
from .checkpoints import Store
from .identity import PLANNED_KEYS
from .journal import Journal, health_of
from .machine import choose_by_rule, items_per_second, probe, share_of_stages
from .orders import BalancedOrder, MixedOrder, fold
from .progress import Previews, Report, duration, interruptible
from .stage import NotFinite, Order, StageTraining, into_training
from .weights import assign, section, state_of
from .world import SAME_FOLDER, SINGLE_PROCESS, World

REPORT_PASSES_AFTER = 10.0  # seconds of a stage
# least number of items of which those of like length share a batch. Batches by chance alone teach a little more, and
# few items are soon seen
SORT_BY_LENGTH_FROM = 10_000
INPUT_BLOCK = 256  # items of which a stage's inputs are made at once
FEWEST_HELD_OUT = 36  # items of all folds, below which folds hold out every item once, so that each can be judged
PROBE_SECONDS, PROBE_SHARE, PROBE_MAX_SHARE = 1.5, 0.02, 0.05  # seconds, or a share of the time where that is more
AnyOrder = Order | BalancedOrder | MixedOrder


@dataclass
class Position:
    """The position of a run in its training. The rest of the run depends only on it and on the tensors of a checkpoint.

    Args:
        stage: Number of the stage.
        items: Items seen in this stage.
        before: Items seen in earlier stages.
        seconds: Seconds of training.
        began: Seconds when the stage began.
        best: Items at the best validation; None before the first.
        loss: The number that judged the best validation.
        improved: Items at the lowest validation loss, which need not be `best` where another number judges; None
            before the first.
        lowest: The lowest validation loss.
        validated: Items at the last validation.
        finished: Whether the family has finished.
        finish_seconds: Seconds that this took.
    """

    stage: int = 0
    items: int = 0
    before: int = 0
    seconds: float = 0.0
    began: float = 0.0
    best: int | None = None
    loss: float = inf
    improved: int | None = None
    lowest: float = inf
    validated: int = 0
    finished: bool = False
    finish_seconds: float = 0.0

    @property
    def total(self) -> int:
        return self.before + self.items


@dataclass(frozen=True)
class TrainedStage:
    """A stage that another process has trained, whose weights the family already has.

    Args:
        plan: What is on record of it, as in config.toml.
        machine: Where it was trained, as in config.toml.
        seconds: Seconds of its training.
        rows: Its lines of metrics.jsonl, with items and seconds from its own beginning.
    """

    plan: dict
    machine: dict
    seconds: float
    rows: list[dict]


@dataclass(frozen=True)
class Job:
    """The work of a run: a family, the items that it learns from, and the record that it fills.

    Args:
        config: the record of the run; it gains `stages`, `health` and `outcome`. Its digest is in every checkpoint.
        recipe: its family is trained in place.
        items: to learn from.
        valid: to validate on; there may be none.
        apart: to judge the family by at its end, None for none.
    """

    config: dict
    recipe: Recipe
    items: Items
    valid: Items
    apart: Items | None


def train(
    job: Job, store: Store, report: Report, checkpoint_seconds: float, more: float = 0.0,
    world: World = SINGLE_PROCESS, trained: Sequence[TrainedStage] = (), previews: Previews | None = None,
) -> None:  # fmt: skip
    """Trains a job, from the newest checkpoint in `store` on.

    Args:
        checkpoint_seconds: between two checkpoints.
        report: hears how it goes, and may give the last stage more time when it should cool down.
        more: seconds beyond the budget of time, on disk before they count.
        world: the processes that train together, each of which calls this.
        trained: all stages, where other processes have trained them; what follows the stages is done here.
        previews: shows samples of the last stage.

    Runs in threads of one process take turns, a step each, and each ends with the bits that it has alone.
    Raises TrainingFailed for a loss or gradient that is not finite, KeyboardInterrupt (after a checkpoint) on Ctrl-C,
    RunError for a checkpoint of another run, ProcessLost where another process of the world ended.
    """
    with threads(torch.get_num_threads()):  # given back as it was
        trainer = Trainer(job, store, report, checkpoint_seconds, more, world, trained, previews)
        try:
            trainer.run()
        except KeyboardInterrupt:
            outcome = (
                "the same call goes on from there" if store.folder else "nothing was kept, since no folder was named"
            )
            report.say(f"stopped at {trainer.at.total:,} items; {outcome}")
            raise


class Trainer:
    """The training of one run in this process; see `train`.

    Args:
        job: What is trained: family, data and budget.
        store: Folder of the run.
        report: Progress shown to the user.
        checkpoint_seconds: Seconds between two checkpoints.
        more: Seconds beyond the budget.
        world: Processes that train together.
        trained: Stages that an earlier part of the run finished.
        previews: Samples to draw during training.
    """

    def __init__(
        self, job: Job, store: Store, report: Report, checkpoint_seconds: float, more: float, world: World,
        trained: Sequence[TrainedStage], previews: Previews | None,
    ):  # fmt: skip
        self.recipe, self.family, self.device = job.recipe, job.recipe.family, job.recipe.family.device
        self.items = move_if_it_fits(job.items, self.device)
        self.classes = job.items.given  # on the CPU, where the order is drawn
        self.valid, self.apart, self.world, self.trained, self.previews = job.valid, job.apart, world, trained, previews
        self.config, self.digest, self.store, self.report = job.config, job.config["digest"], store, report
        self.checkpoint_seconds, self.more = checkpoint_seconds, more
        self.threads = torch.get_num_threads()  # threads of the CPU, before any stage has chosen
        self.seed, self.budget = self.config["seed"], self.config["budget"]
        self.lr_factor = self.config["parent"]["pace"] if "parent" in self.config else 1.0
        self.stages = self.family.stages()
        self.at = Position()
        self.training: StageTraining | None = None
        self.world.tick()
        self.started = self.saved = self.world.clock()

    # ------------------------------------------------------------------ the run

    def run(self) -> None:
        with self._reading_checkpoint(), self.world.rank_0_first():
            tensors = self._resume()
        self.world.require_alike({"checkpoints": asdict(self.at)}, SAME_FOLDER)
        for change in self.config.get("processes_changed", ()):
            change.setdefault("items", self.at.total)
        if not self.at.finished:
            if self.trained:
                self._take_stages()
            else:
                self._train_stages(tensors)
            self._finish()
        self._close_training()

    def _resume(self) -> dict[str, Tensor] | None:
        """Load the newest checkpoint, where there is one, and say where the run goes on."""
        checkpoint = self.store.load_newest(self._is_ours)
        if checkpoint is None:
            return None
        tensors, record = checkpoint
        assign(self.family, section(tensors, "model/"), self.store.folder)
        self.at = Position(**{name: value for name, value in record.items() if name != "run"})
        if self.at.stage >= max(1, len(self.stages)):  # a family without stages has its checkpoint at the end
            raise ValueError("it says no place in this run")
        self.started = self.world.clock() - self.at.seconds
        self.report.say(f"going on at {self.at.total:,} items, after {duration(self.at.seconds)} of training")
        self.store.write_metric({"event": "resumed", "items": self.at.total, "seconds": round(self.at.seconds, 3)})
        return tensors

    def _reading_checkpoint(self) -> AbstractContextManager[None]:
        """Within, whatever a checkpoint does not hold as it should is a sentence."""
        return damage(f"the newest checkpoint in {self.store.folder}", "begin anew with restart", RunError)

    def _is_ours(self, record: dict) -> bool:
        """Whether a checkpoint's record is of this run. Raises RunError where it is of none."""
        require(record, schemas.CHECKPOINT, f"{self.store.folder}: a checkpoint", "begin anew with restart")
        return record["run"] == self._run(record["stage"])

    def _run(self, stage: int) -> list:
        """Record that ties a checkpoint in that stage to this run: its digest, and the decisions before steps."""
        plans = self.config["stages"][: stage + 1]
        return [self.digest, *({key: plan[key] for key in PLANNED_KEYS if key in plan} for plan in plans)]

    def _train_stages(self, tensors: dict[str, Tensor] | None) -> None:
        """tensors: of the checkpoint from which the run goes on, None where it begins."""
        for index in range(self.at.stage, len(self.stages)):
            self._enter_stage(index, tensors)
            tensors = None
            self._stage(self.config["stages"][index])
            self.training.use_best_weights()

    def _take_stages(self) -> None:
        """Put on record what other processes have trained, as if it had been done here in turn."""
        self.config["stages"] = [stage.plan for stage in self.trained]
        self.store.write_config(self.config)
        for index, stage in enumerate(self.trained):
            items, seconds = self.at.total, self.at.seconds
            for row in stage.rows:
                later = {"items": items + row["items"], "seconds": round(seconds + row["seconds"], 3)}
                self.store.write_metric(row | later)
            self.at = Position(index, stage.plan["end"], items, seconds + stage.seconds, seconds)
        self.started = self.world.clock() - self.at.seconds

    def _enter_stage(self, index: int, tensors: dict[str, Tensor] | None) -> None:
        """Begin stage `index`, or go on in it from a checkpoint's tensors."""
        stage = self.stages[index]
        self.training = StageTraining(self.recipe, stage, self.world)
        split = self._stage_items(stage)
        items, valid = split.learned, split.validated
        self.train_inputs = self._inputs(index, "train", items)
        self.valid_inputs = self._inputs(index, "valid", _spread_evenly(valid))
        self.validates = self.recipe.validates and len(self.valid_inputs) > 0
        self.world.copy_from_rank_0(state_of(self.family).values())
        self.world.tick()
        if tensors is None:
            now = self.seconds
            self.at = Position(stage=index, before=self.at.total, seconds=now, began=now)
        else:
            with self._reading_checkpoint():
                self.training.restore(tensors)
        share = stage.share / sum(s.share for s in self.stages[index:])
        seconds = 60 * self.budget.get("minutes", inf) * share_of_stages(self.family)
        self.time = (seconds - self.at.began) * share
        if index == len(self.config["stages"]):
            self.config["stages"].append(self.world.from_rank_0(self._plan(index, stage)))
            self.store.write_config(self.config)
        plan, last = self.config["stages"][index], index == len(self.stages) - 1
        if last and self.more and "more" not in plan and "items" not in plan:
            plan["more"] = self.more
            self.store.write_config(self.config)
        self.time += plan.get("more", 0.0)
        self.valid_inputs = _spread_evenly(self.valid_inputs, budget.validated_items(len(valid), plan.get("about")))
        self.passes_reported = False

    def _stage_items(self, stage: Stage) -> HeldOut:
        """The items that the stage trains on, those that validate it, and those that it never looks at."""
        classes_of = stage.classes or (lambda items: torch.zeros(len(items), dtype=torch.int64))
        if stage.fold is not None:
            all_items = join([self.items, self.valid.to(self.items.x.device)])
            each_holds_out = len(self.valid) if stage.fold[1] * len(self.valid) >= FEWEST_HELD_OUT else 0
            learned, held_out = fold(*stage.fold, each_holds_out, classes_of(all_items), self.seed)
            learned, held_out = all_items[learned], all_items[held_out]
        elif stage.weighed:
            learned, held_out = self.items, self.valid[fold(0, 1, 0, classes_of(self.valid), self.seed)[1]]
        else:
            learned, held_out = self.items, self.valid
        unseen = len(held_out) // 2 if stage.weighed else 0
        return HeldOut(learned, held_out[unseen:] if unseen else held_out, held_out[:unseen])

    def _inputs(self, index: int, part: str, items: Items) -> Items:
        """Inputs that stage `index` makes of some items: always the same, also after the run was resumed."""
        stage = self.stages[index]
        if stage.inputs is None or not len(items):
            return items
        use_threads(self.config["stages"][index - 1]["threads"] if index else 1)
        self.family.eval()
        inputs, firsts = [], replace(items, alternatives=None)
        with torch.no_grad():
            for start in range(0, len(items), INPUT_BLOCK):
                draws = Draws("inputs", self.seed, stage.name, part, start, device=self.device)
                inputs.append(stage.inputs(firsts[start : start + INPUT_BLOCK].to(self.device), draws))
        return move_if_it_fits(replace(join(inputs), alternatives=items.alternatives), self.device)

    def _plan(self, index: int, stage: Stage) -> dict:
        """The decisions before a stage's first step. Later it gains `items`, where time decides, and its `end`."""
        batches = [stage.batch or self.recipe.batch for stage in self.stages]
        timed, seconds = self.time < inf, PROBE_SECONDS
        if timed:
            seconds = min(max(PROBE_SECONDS, PROBE_SHARE * self.time), PROBE_MAX_SHARE * self.time)
        with CpuShare() as got:
            if self.config.get("probe"):
                use_threads(self.threads)
                count, bf16, speed = probe(self.recipe, index, self.train_inputs, seconds)
            else:
                count, bf16 = choice = choose_by_rule(self.recipe, index, self.train_inputs, self.threads)
                speed = items_per_second(self.recipe, index, self.train_inputs, choice, seconds / 4) if timed else 0.0
        if count == 1:  # it was timed in seconds of the processor
            speed *= got.part_on(self.device.type)
        total = budget.items_of(self.budget, len(self.items), self.recipe.batch)
        if total is None:
            expected_items = ceil(speed * max(self.time, 0.0))
            items = {"about": expected_items}
        else:
            expected_items = budget.stage_items(total, [s.share for s in self.stages], batches)[index]
            items = {"items": expected_items}
        warmup = int(min(self.recipe.warmup, budget.WARMUP_SHARE * expected_items))
        return {"name": stage.name, "threads": count, "bf16": bf16, "warmup": warmup, **items}

    # ------------------------------------------------------------------ one stage

    def _stage(self, plan: dict) -> None:
        use_threads(plan["threads"])
        into_training(self.family, self.stages[self.at.stage])
        at, order = self.at, self._order(plan["name"])
        self.journal = Journal(plan["name"], self.stages[at.stage].players, self.store, self.report)
        began, items_before, self.step_seconds = self.seconds, at.items, 0.0
        if at.items:  # it goes on, maybe without the time of another step
            self.step_seconds = (self.seconds - at.began) / at.items * self.training.batch
            self._decide(plan)
        with interruptible() as stop:
            while at.items < plan.get("end", inf):
                self._leave_out(self.report.wait_for_turn())
                seconds_before = self.seconds
                self._step(plan, order)
                stops = self.world.tick(stop.is_set())
                mean = (self.seconds - began) / (at.items - items_before) * self.training.batch
                self.step_seconds = min(self.seconds - seconds_before, mean)  # the first is slow, and any one may be
                if self.validates and at.items >= self._next_validation():
                    self._check_finite(plan, order)
                    self._validate(plan)
                self._decide(plan)
                self._log(plan)
                self._report_passes(plan)
                self._preview(plan, order)
                if stops or self.world.clock() - self.saved >= self.checkpoint_seconds:
                    self._check_finite(plan, order)
                    self._save()
                if stops:
                    self.world.barrier()  # a launcher ends all when one leaves: not before rank 0 has written
                    raise KeyboardInterrupt
        self._check_finite(plan, order)
        if self.validates:
            if at.validated < at.items:
                self._validate(plan)
            if at.best is not None:
                plan |= {"best": at.best, "validation": at.loss}
        self._log(plan, last=True)
        self.store.write_config(self.config)
        self._save()

    def _order(self, stage: str) -> AnyOrder:
        if "balance" not in self.config:
            share, labelled = self.stages[self.at.stage].labelled, ~self.classes.isnan().any(1)
            if share and labelled.any() and not labelled.all():
                return MixedOrder(labelled, share, self.seed, stage)
            return Order(len(self.train_inputs), self.seed, stage, self._lengths())
        classes = self.classes[:, self.family.given.names.index(self.config["balance"])]
        return BalancedOrder(classes, self.seed, stage)

    def _lengths(self) -> Tensor | None:
        """Lengths of items as the family sees them, to batch items of like length. None for few items, for stages with
        inputs of their own, and for families without lengths."""
        if len(self.train_inputs) < SORT_BY_LENGTH_FROM or self.stages[self.at.stage].inputs is not None:
            return None
        lengths = self.family.lengths(self.train_inputs.x)
        return None if lengths is None else lengths.cpu()

    def _step(self, plan: dict, order: AnyOrder) -> None:
        items, size, rank = self.at.items, self.training.batch, self.world.rank
        rng = Draws("step", self.seed, plan["name"], items, rank=rank, device=self.device)
        batch_numbers = self.world.share(order.batch(items, size))
        places = seed_of("places", self.seed, plan["name"], items, rank=rank)
        progress = budget.progress(items, plan.get("about", plan.get("items", 0)), plan.get("items"))
        passes = items // max(len(self.train_inputs), 1)
        batch_items = self.train_inputs.for_batch(batch_numbers.to(self.train_inputs.x.device), places, passes)
        batch = batch_items.batch(rng, items, progress)
        rate = self.lr_factor * budget.lr_schedule(items, size, plan["warmup"], plan.get("items"))
        try:
            with seeded(seed_of("layers", self.seed, plan["name"], items, rank=rank), self.device):
                use_threads(plan["threads"])
                played = self.training.step(batch, items // size, rate, plan["bf16"])
        except NotFinite as error:
            raise TrainingFailed(self._failure(plan, *error.args, order)) from error
        for name, (loss, logs) in played.items():
            self.journal.add(name, loss, logs)
        self.at.items += size

    def _check_finite(self, plan: dict, order: AnyOrder) -> None:
        """Nothing is kept of weights before all the losses that they come from were looked at."""
        try:
            self.training.check_finite()
        except NotFinite as error:
            raise TrainingFailed(self._failure(plan, *error.args, order)) from error

    def _preview(self, plan: dict, order: AnyOrder) -> None:
        """Show what the model draws by now, where that is wanted and due: before its last stage it draws nothing."""
        if self.previews is None or self.at.stage < len(self.stages) - 1:
            return
        if self.previews.due(self.at.items, self.seconds):
            self._check_finite(plan, order)
            with self.training.judged():
                self.previews.draw(self.at.total)
            self.store.write_metric({"event": "preview", "items": self.at.total})

    def _decide(self, plan: dict) -> None:
        """Fix where the cooldown begins and where the stage ends, on disk before it counts."""
        if "end" in plan:
            return
        at, spent, stage_before = self.at, self.seconds - self.at.began, dict(plan)
        step, validated = self.step_seconds, len(self.valid_inputs) if self.validates else 0
        closing = budget.FORWARD_SHARE * validated * step / self.training.batch
        if "items" not in plan and spent + step >= (1 - budget.COOLDOWN_SHARE) * (self.time - closing):
            if self._has_more_time(plan):
                return
            plan["items"] = budget.total_with_cooldown_at(at.items, self.training.batch)
        cooling = budget.in_cooldown(at.items, plan.get("items"))
        last = max((items for items in (at.best, at.improved) if items is not None), default=None)
        n = len(self.train_inputs)
        early = last is not None and not cooling and budget.should_stop_early(at.validated, last, n)
        if at.items >= plan.get("items", inf) or spent + step + closing >= self.time or early:
            plan["end"] = at.items
            if early:
                plan["early"] = True
                self.report.say(f"stage {plan['name']} ends early: validation has not improved since {last:,} items")
        if plan != stage_before:
            self.store.write_config(self.config)

    def _has_more_time(self, plan: dict) -> bool:
        """Whether the stage gets more time before it cools down, on disk before that counts. A run that may go on from
        here later keeps a checkpoint."""
        if self.at.stage < len(self.stages) - 1 or not (self.more or self.report.asks_for_time):
            return False
        self._check_finite(plan, self._order(plan["name"]))
        self._save(before_cooldown=True)
        seconds, waited = self.report.more_time()
        self._leave_out(waited)
        if seconds > 0:
            plan["more"] = round(plan.get("more", 0.0) + seconds, 3)
            self.time += seconds
            self.store.write_config(self.config)
        return seconds > 0

    def _leave_out(self, seconds: float) -> None:
        """Time that is none of the training."""
        self.started, self.saved = self.started + seconds, self.saved + seconds

    def _next_validation(self) -> int:
        if self.recipe.validate_every:
            return self.at.validated + self.recipe.validate_every * self.training.batch
        cost = self.training.batch if self.family.full_batch else len(self.valid_inputs)
        return budget.next_validation(self.at.validated, cost, self.training.batch)

    def _validate(self, plan: dict) -> None:
        at, training = self.at, self.training
        loss, judged = training.validate(self.valid_inputs, self.seed, plan["bf16"])
        at.validated = at.items
        if judged <= at.loss and judged < inf:  # the later of equals, as shares of right answers often are
            at.best, at.loss = at.items, judged
            training.keep_best()
        if loss < at.lowest:
            at.lowest, at.improved = loss, at.items
        unit = self.journal.players[0].unit
        self.journal.row(at.total, self.seconds, validation=loss if loss < inf else None, unit=unit)

    # ------------------------------------------------------------------ the end

    def _finish(self) -> None:
        self.family.eval()
        use_threads(self.config["stages"][-1]["threads"] if self.stages else 1)
        seconds_before = self.seconds
        with seeded(seed_of("layers", self.seed, "finish"), self.device), torch.no_grad():
            items = self.items.to(self.device)
            self.family.finish(items, Draws("finish", self.seed, device=self.device))
            chosen = [stage for stage in self.stages if stage.fold or stage.weighed]
            splits = [self._stage_items(stage).move_to(self.device) for stage in chosen]
            if splits:
                self.family.weigh(splits, Draws("weigh", self.seed, device=self.device))
            if len(self.valid):
                self.family.calibrate(self.valid.to(self.device), Draws("calibrate", self.seed, device=self.device))
            if self.apart is not None:
                self.family.judge(self.apart.to(self.device))
            elif any(stage.fold for stage in chosen):
                self.family.judge_by_folds([split.held_out for split in splits])
            else:
                self.family.judge_by_refits(items, Draws("refits", self.seed, device=self.device))
        synchronize(self.device)
        self.world.tick()
        self.at.finished, self.at.finish_seconds = True, round(self.seconds - seconds_before, 3)
        self._save()

    def _close_training(self) -> None:
        """The health report and the outcome."""
        last_items = _spread_evenly(self.valid) if len(self.valid) else self.items
        stages, seconds = self.config["stages"], self.seconds
        self.config["health"] = health_of(self.family, last_items.x, last_items.given, self.seed, stages)
        for sentence in self.config["health"]:
            self.report.say(f"health: {sentence}")
            self.store.write_metric({"event": "health", "items": self.at.total, "sentence": sentence})
        self.config["outcome"] = {
            "items": self.at.total,
            "seconds": round(seconds, 3),
            "finish_seconds": self.at.finish_seconds,
            "items_per_second": round(self.at.total / seconds, 1),
            "parameters": sum(p.numel() for p in self.family.parameters()),
        }

    def _failure(self, plan: dict, player: str, problem: str, items: int, ranks: list[int], order: AnyOrder) -> str:
        index = order.batch(items, self.training.batch)
        on = "on the batch of training items"
        if ranks:
            index = index.view(self.world.size, -1)[ranks[0]]
            on = f"in process {ranks[0]} of {self.world.size}, on its share of the batch, training items"
        good = self.store.checkpoints()
        checkpoint = f"the last good checkpoint, {good[0]}, is untouched" if good else "no checkpoint was written yet"
        return (
            f"training stopped at step {items // self.training.batch + 1} of stage {plan['name']}, after "
            f"{items:,} items: {player}'s {problem} {on} {index[0]} ... {index[-1]}; "
            f"{checkpoint}; try a lower learning rate, or look at those items"
        )

    # ------------------------------------------------------------------ records

    @property
    def seconds(self) -> float:
        """The seconds of training so far, in all processes that this run has lived in."""
        return self.world.clock() - self.started

    def _save(self, before_cooldown: bool = False) -> None:
        self.at.seconds = self.seconds
        self.world.require_equal(lambda: self._state()[0])
        self.store.save(self._state, before_cooldown)
        self.saved = self.world.clock()

    def _state(self) -> tuple[dict[str, Tensor], dict]:
        tensors = {f"model/{name}": t for name, t in state_of(self.family).items()}
        record = {**asdict(self.at), "run": self._run(self.at.stage)}
        return tensors | (self.training.tensors() if self.training else {}), record

    def _report_passes(self, plan: dict) -> None:
        """Say once how often the budget will show each training item to the stage."""
        spent = self.seconds - self.at.began
        if self.passes_reported or spent < REPORT_PASSES_AFTER:
            return
        self.passes_reported = True
        speed, ((unit, number),) = self.at.items / spent, self.budget.items()
        n = len(self.train_inputs)
        passes = plan.get("items", speed * self.time) / n
        sentence = f"{speed:,.0f} items a second: the budget makes {passes:.2g} passes over {n:,} items"
        if passes < 1:
            sentence += f"; set {unit} to {ceil(number / passes)} for a whole pass, or choose a smaller preset"
        self.report.say(sentence)

    def _log(self, plan: dict, last: bool = False) -> None:
        timed = self.time < inf
        share = self.at.items / plan["items"] if "items" in plan else (self.seconds - self.at.began) / self.time
        seconds_left = 60 * self.budget["minutes"] + plan.get("more", 0.0) - self.seconds if timed else None
        self.journal.write(self.at.total, self.seconds, share, seconds_left, last)


def _spread_evenly(items: Items, most_items: int = budget.VALIDATION_ITEMS) -> Items:
    """So many of these items at most, evenly spread."""
    return items[torch.linspace(0, len(items) - 1, min(len(items), most_items)).long()]
