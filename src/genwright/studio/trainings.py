"""What the studio begins: a genwright command, in a process of its own that outlives the studio.

The state of a run is read from its folder, as for runs that a terminal began. The studio keeps what a command printed
in `.studio`, for a fit that ended before it had a run folder.
"""

import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..core.domain import as_typed
from ..core.errors import GenwrightError
from ..core.folder import CONFIG
from ..core.limits import last_line
from ..core.processes import GENWRIGHT
from ..core.schemas import read_record, require
from ..kinds.known_kinds import config_schema
from ..kinds.options import as_recorded
from ..run.final_model import typed_again
from ..run.process import RUNNING, RunState, find_trainer, run_state
from ..run.run_record import RunRecord
from ..zoo import registry
from .guard import Refused, check_options, require_inside
from .shelf import (  # fmt: skip
    COMPARISON,
    LOGS,
    MOST_NAME_BYTES,
    RESULTS,
    RUN,
    change_time,
    is_plain_letter,
    make_own,
    open_own,
    plain_name,
)

MOST_FIRST_LINE = 4_000  # bytes of the first line of a log
PREVIEWS = re.compile(rb" --previews ([0-9]{1,4}) ")
PATIENCE = 120  # seconds that a plan may take
PLANS, MOST_PLANS = "plans", 20  # in the studio's own folder: those that were shown last
FIT, COMPARE, MEASURE = "fit", "compare", "measure"
MORE = "--more-minutes"
RUN_AGAIN = "run its command again in a terminal"


@dataclass
class Training:
    """A command and its process. words: what is typed after `genwright`. began: when, in seconds since 1970."""

    words: list[str]
    folder: Path
    process: subprocess.Popen
    log: Path
    began: float = field(default_factory=time.time)

    @property
    def entry_kind(self) -> str:
        """What its folder will be: of a package's command, the name of the command."""
        return {FIT: RUN, COMPARE: COMPARISON, MEASURE: COMPARISON}.get(self.words[0], self.words[0])

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    @property
    def error(self) -> str:
        """The last line that a command printed which has failed."""
        if self.process.poll() in (None, 0, -signal.SIGTERM, 130):
            return ""
        return self.said or "its process ended without a message"

    @property
    def said(self) -> str:
        """The last line that a command printed, "" before the first."""
        said = last_line(self.log)
        return "" if said == command(self.words) else said


class Trainings:
    """The trainings that this server began. databases: addresses that a record may name as its data."""

    def __init__(self, root: Path, databases: Sequence[str] = ()):
        self.root, self.databases = root, databases
        self.begun: dict[Path, Training] = {}

    def kinds(self) -> dict[Path, str]:
        """What each folder will be that this server began."""
        return {folder: training.entry_kind for folder, training in list(self.begun.items())}

    def words(self, data: str, options: dict[str, object], family: str, minutes: float, previews: int) -> list[str]:
        """The command of a new run of data, as a person would type it in the studio's folder."""
        words = [FIT, data, *as_typed(options), "--family", family, "--minutes", f"{minutes:g}"]
        words += ["--previews", str(previews)] if previews else []
        return [*words, "--out", self.new_folder(f"{Path(data).stem}-{family}")]

    def forecast(self, words: list[str]) -> tuple[list[str], dict[str, float]]:
        """Sentences about what a comparison would do, and {family: seconds that it trains}. The plan is kept: a
        comparison by the same words starts from it. Raises Refused with its sentence where it would do nothing."""
        kept = self._kept_plan(words)
        shutil.rmtree(kept, ignore_errors=True)
        for old in sorted(make_own(kept.parent).iterdir(), key=change_time)[:-MOST_PLANS]:
            shutil.rmtree(old, ignore_errors=True)
        asked = [*words[:-1], os.path.relpath(kept, self.root), "--dry-run", "--quiet"]
        sentences = self.run_once(asked, "the plan").splitlines()
        record = read_record(kept / RESULTS, RUN_AGAIN, allowed_folder=kept)
        passes = (record.get("measured") or {}).get("passes", {})
        equal = 60 * record["plan"]["share"]
        shares = {name: passes.get(name, {"share": equal}).get("share", 0.0) for name in record["plan"]["families"]}
        return sentences, shares

    def compare(self, words: list[str]) -> Training:
        """Start a comparison, from the plan that was shown for the same words."""
        kept, folder = self._kept_plan(words), self.root / words[-1]
        if (kept / RESULTS).is_file() and not os.path.lexists(folder):
            kept.rename(folder)
        return self.begin(words)

    def _kept_plan(self, words: list[str]) -> Path:
        """The folder of the plan of a comparison, another one where its data have changed."""
        source = self.root / words[1]
        files = [source, *source.rglob("*")] if source.exists() else []
        said = json.dumps([words[:-1], max(map(change_time, files), default=0)])
        return self.root / LOGS / PLANS / hashlib.sha256(said.encode()).hexdigest()[:16]

    def run_file_verb(
        self, verb: str, run: Path, source: str, options: dict[str, object], more: list[str], out: Path
    ) -> None:
        """Let a run read a source and write a file. Raises Refused with the sentence of the command where it does
        not."""
        run_there, out_there = (os.path.relpath(path, self.root) for path in (run, out))
        words = [verb, run_there, source, *more, *as_typed(options), "--out", out_there]
        self.run_once(words, f"{verb} of {Path(source).name}")

    def run_once(self, words: list[str], called: str) -> str:
        """What a command prints, which ends soon. Raises Refused with its sentence where it fails."""
        try:
            done = subprocess.run(
                [*GENWRIGHT, *words], cwd=self.root, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", timeout=PATIENCE,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            said = f"{called} took longer than {PATIENCE} seconds: wait until this machine is idle"
            raise Refused(503, said) from error
        if done.returncode:
            said = " ".join(done.stderr.split()).removeprefix("genwright: ")
            raise Refused(400, said or f"{called} ended without a message")
        return done.stdout

    def words_to_measure(self, data: str, options: dict[str, object], samples: str) -> list[str]:
        """The command that measures samples of another tool against data."""
        words = [MEASURE, data, samples, *as_typed(options)]
        return [*words, "--out", self.new_folder(f"{MEASURE}-{Path(samples).stem}")]

    def words_to_compare(self, data: str, options: dict[str, object], minutes: float, previews: int) -> list[str]:
        """The command of a new comparison of data."""
        words = [COMPARE, data, *as_typed(options), "--minutes", f"{minutes:g}"]
        words += ["--previews", str(previews)] if previews else []
        return [*words, "--out", self.new_folder(f"{COMPARE}-{Path(data).stem}")]

    def words_of_job(self, folder: Path) -> list[str]:
        """The command that resumes a job of a package. Raises Refused for one that a terminal began."""
        if mine := self.begun.get(folder):
            return mine.words
        raise Refused(409, f"the record of {folder.name} does not hold its command: {RUN_AGAIN}")

    def words_of_comparison(self, folder: Path) -> list[str]:
        """The command that goes on with a comparison. Raises Refused as `resumed` does."""
        mine = self.begun.get(folder)
        if mine and MORE not in mine.words:  # which would add them once more
            return mine.words
        try:
            record = read_record(folder / RESULTS, RUN_AGAIN, allowed_folder=folder)
            data, plan, minutes = record["data"], record["plan"], float(record["plan"]["minutes"])
            source, options = data["source"], check_options(as_recorded(data["options"]), self.root)
            asked = [("seed", int(record["seed"])), ("target", plan.get("target"))]
            if registry.predicts(task := registry.place(data.get("domain"))[1]):
                asked.append(("task", task))
            if "passes" not in (record.get("measured") or {}):  # a person named the families
                asked += [("family", family) for family in plan.get("families", [])]
            self._require_allowed(source)
        except GenwrightError as error:
            raise Refused(409, str(error)) from error
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise Refused(409, f"its {RESULTS} does not say how it was begun: {RUN_AGAIN}") from error
        if not source:
            raise Refused(409, "its data came from Python, not from a file: resume it there")
        words = [COMPARE, source, *as_typed(options), "--minutes", f"{minutes:g}"]
        words += [f"--{name}={value}" for name, value in asked if value]
        return [*words, "--out", os.path.relpath(folder, self.root)]

    def words_to_train_longer(self, folder: Path, minutes: float) -> list[str]:
        """The command that trains the families of a comparison further. Raises Refused as `resumed` does."""
        source, options = self.words_of_comparison(folder)[1], ["--out", os.path.relpath(folder, self.root)]
        return [COMPARE, source, MORE, f"{minutes:g}", *options]

    def resumed(self, folder: Path) -> list[str]:
        """The command that resumes a run: the one that this server began it with, or one by its record. Raises Refused
        where the record does not say it, or says what the studio does not run."""
        if mine := self.begun.get(folder):
            return mine.words
        config, source, options = self._recorded(folder)
        words = [FIT, source, *as_typed(options), "--family", config["family"]]
        words += ["--task", config["task"]] if config["task"] != "generate" else []
        ((how, amount),) = config["budget"].items()
        words += [f"--{how}", f"{amount:g}", "--seed", str(config["seed"])]
        words += [f"--set={name}={_typed(value)}" for name, value in config["recipe"].items()]
        return [*words, *self._previews(folder), "--out", os.path.relpath(folder, self.root)]

    def data_of(self, folder: Path) -> tuple[str, dict[str, object]]:
        """The data of a run and their options. Raises Refused as `resumed` does."""
        return self._recorded(folder)[1:]

    def _recorded(self, folder: Path) -> tuple[dict, str, dict[str, object]]:
        """The record of a run, its data and their options."""
        try:
            config = read_record(folder / CONFIG, RUN_AGAIN, allowed_folder=folder)
            require(config, config_schema(), folder / CONFIG, RUN_AGAIN)
            source, options = config["data"]["source"], check_options(as_recorded(config["data"]["options"]), self.root)
            self._require_allowed(source)
        except GenwrightError as error:
            raise Refused(409, str(error)) from error
        if not source or not config["budget"]:
            raise Refused(409, "its data came from Python, not from a file: resume it there")
        return config, source, options

    def words_of_final(self, folder: Path) -> list[str]:
        """The command that trains the model of a run again, on all items. Raises Refused where it learned from all, and
        as `resumed` does."""
        words = typed_again(self.resumed(folder), RunRecord(self.state(folder).config), folder.name)
        if not words:
            raise Refused(409, "this run learned from all items: there is nothing to add")
        return [*words[1:-1], self.new_folder(words[-1])]

    def begin(self, words: list[str]) -> Training:
        """Start a command. Raises Refused where its run trains already."""
        folder = self.root / words[-1]  # behind --out
        if self.is_busy(folder):
            raise Refused(409, f"{folder.name} trains already: wait, or stop it first")
        log = self._log(folder)
        make_own(log.parent)
        log.unlink(missing_ok=True)  # it may be a link
        with open(log, "xb") as output:
            output.write(f"{command(words)}\n".encode())
            output.flush()
            process = subprocess.Popen(
                [*GENWRIGHT, *words, *(["--quiet"] if words[0] != COMPARE else [])],  # it says when it will end
                cwd=self.root, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        self.begun[folder] = Training(words, folder, process, log)
        return self.begun[folder]

    def stop(self, folder: Path) -> None:
        """Let a run end at a checkpoint, from which the same command goes on. Raises Refused where none trains here."""
        mine = self.begun.get(folder)
        running = mine.process if mine and mine.lives else find_trainer(folder)
        if running is None:
            raise Refused(
                409, f"no genwright command trains {folder.name} on this machine: stop it where it was started"
            )
        running.terminate()

    def state(self, folder: Path) -> RunState:
        """The state of a run; one whose command has just begun trains."""
        mine = self.begun.get(folder)
        if mine is None:
            return run_state(folder)
        if mine.lives:
            state = run_state(folder)
            return state if state.status == RUNNING else RunState(RUNNING, config=state.config)
        if mine.error and not (folder / CONFIG).exists():
            return RunState("failed", {"error": mine.error})
        return run_state(folder)

    def is_busy(self, folder: Path) -> bool:
        """Whether a command works on a run or a comparison, as far as this machine knows."""
        mine = self.begun.get(folder)
        return (
            (mine is not None and mine.lives) or find_trainer(folder) is not None or run_state(folder).status == RUNNING
        )

    def _require_allowed(self, source: str) -> None:
        """Raises DataError for data that lie neither in the studio's folder nor in an allowed database."""
        if source not in self.databases:
            require_inside(source, self.root)

    def _log(self, folder: Path) -> Path:
        return self.root / LOGS / f"{folder.name}.txt"

    def _previews(self, folder: Path) -> list[str]:
        """The option of previews in the log's command, none where there is no such log."""
        try:
            with open_own(self._log(folder)) as file:
                option = PREVIEWS.search(file.readline(MOST_FIRST_LINE))
        except (GenwrightError, OSError):
            return []
        return ["--previews", option[1].decode()] if option else []

    def new_folder(self, name: str) -> str:
        """A name that no file in the studio's folder has."""
        name = "".join(letter if is_plain_letter(letter) else "-" for letter in name.replace(" ", "-"))[:60]
        short = name.encode()[: MOST_NAME_BYTES - 20].decode(errors="ignore")  # room for a number
        plain = plain_name(re.sub(r"^\W+", "", short) or "run")
        taken = lambda one: os.path.lexists(self.root / one) or self.root / one in self.begun
        return next(one for one in (plain, *(f"{plain}-{number}" for number in range(2, 10_000))) if not taken(one))


def command(words: list[str]) -> str:
    """The command line that a person would type in a shell."""
    return shlex.join(["genwright", *words])


def condition_words(given: dict[str, str], option: str = "--given") -> list[str]:
    """The conditions as words of a command: --given NAME=VALUE, or another option."""
    return [part for name, value in given.items() for part in (option, f"{name}={value}")]


def _typed(value: object) -> str:
    """A hyperparameter as `--set` reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value).replace(" ", "")
