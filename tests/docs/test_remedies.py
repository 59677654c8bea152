"""Remedies of messages: each option and each command that one names exists, and a remedy of each class works when it is
followed literally.

A case provokes a message. Its `follow` takes the remedy out of the text of that message, and what comes of it must
succeed.
"""

import ast
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from documents import write_files
from measuring_little import measure_little, tiny_presets
from typed_commands import every_word

import genwright
from genwright.cli.commands import COMMANDS, main
from genwright.core import limits
from genwright.core.errors import GenwrightError
from genwright.kinds.formats.sequences import text_lines
from genwright.kinds.values import frames
from genwright.studies.report.advice import advice
from genwright.studies.report.records import Results

# ---------------------------------------------------------------------- what every message names

SOURCE = Path(genwright.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*\w")
COMMAND = re.compile(r"`genwright ([a-z][\w-]*)([^`]*)`|\bgenwright ([a-z][\w-]*)(?= (?:[A-Z]{2,}\b|--))([^`\n]*)")
OTHERS = {
    "--help",
    "--help-all",
    "--version",
    "--debug",
    "--pyargs",
    "--name",
    "--raw",
}  # of every command, pytest, gdcmconv; a placeholder


def strings(text: str) -> Iterator[str]:
    """All strings of a module, docstrings too; an ellipsis stands for what is filled in."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.fixture(scope="module")
def options() -> dict[str, set[str]]:
    """{command: its options}."""
    return {name: every_word(command.entries) for name, command in COMMANDS.items()}


def unknown(text: str, options: dict[str, set[str]]) -> Iterator[str]:
    """What a text names that the command line lacks."""
    yield from (name for name in OPTION.findall(text) if name not in OTHERS.union(*options.values()))
    for quoted, more, plain, rest in COMMAND.findall(text):
        command = quoted or plain
        if command not in options:
            yield f"genwright {command}"
        else:
            lacks = set(OPTION.findall(more or rest)) - options[command] - OTHERS
            yield from (f"genwright {command} {name}" for name in lacks)


def test_every_option_and_command_that_a_string_names_exists(options):
    found = {path: [*strings(path.read_text())] for path in SOURCE.rglob("*.py")}
    wrong = [f"{path}: {each}" for path, texts in found.items() for text in texts for each in unknown(text, options)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text", ["add --colour", "`genwright comparr`", "run genwright lst FAMILY", "`genwright list --steps 2`"]
)
def test_what_does_not_exist_is_found(text, options):
    assert [*unknown(text, options)]


# ---------------------------------------------------------------------- how a remedy of a command is followed

Follow = Callable[[list[str], str], list[str]]  # words of a command, and a message -> words that the message asks for


def add(typed: str, *values: str) -> Follow:
    """typed: a pattern of what the message says to type. values: what a person chooses behind it."""
    return lambda words, message: [*words, *shlex.split(re.search(typed, message)[0]), *values]


def leave_out(words: list[str], message: str) -> list[str]:
    name = "--" + re.search(r"leave (?:out )?([\w-]+)", message)[1].lstrip("-").replace("_", "-")
    begin = words.index(name)
    end = next((k for k in range(begin + 1, len(words)) if words[k].startswith("--")), len(words))
    return words[:begin] + words[end:]


def replace(typed: str, *values: str) -> Follow:
    """As `add`, in the place of the same option."""

    def follow(words: list[str], message: str) -> list[str]:
        added = add(typed, *values)([], message)
        return [*leave_out(words, f"leave {added[0]} out"), *added]

    return follow


def name_one(words: list[str], message: str) -> list[str]:
    """Of two options that the message names, the second."""
    return leave_out(words, f"leave {re.search('--[a-z]+', message)[0]}")


def choose(words: list[str], message: str) -> list[str]:
    """The first of a list in the place of the last word."""
    return [*words[:-1], re.search(r"one of ([\w-]+)", message)[1]]


def run(typed: str = r"`genwright ([^`]*)`", *more: str, **names: str) -> Follow:
    """The command that the message writes out. names: what a person puts in the place of words such as DATA."""
    return lambda _, message: [*(names.get(word, word) for word in shlex.split(re.search(typed, message)[1])), *more]


RUNS = {
    "tables": "fit penguins.csv --family vae --steps 2",
    "old": "fit penguins.csv --family bootstrap",
    "comparison": "compare penguins.csv --family vae --minutes 0.002",
}
FIT = "fit penguins.csv --family vae --steps 2 --out {out}"
CASES = {  # class of a remedy -> command, where {out} is a new place and {tables} a run; how it is followed; exit code
    "name an option": ("fit measured.csv --family mean --out {out}", add("--target", "y"), 2),
    "name an option and its value": ("describe graded.csv --target grade", add(r"--types \S+=\w+"), 2),
    "quote a value": ("describe ages.csv --types age=number", add(r"--missing '[^']*'"), 2),
    "leave an option out": ("fit penguins.csv --from {tables} --steps 2 --out {out} --set beta=2", leave_out, 2),
    "leave a keyword out": (f"{FIT} --ensemble 3", leave_out, 2),
    "name one of two": ("compare penguins.csv --dry-run --all --family vae", name_one, 2),
    "take another value": ("compare penguins.csv --dry-run --cores 0", replace("--cores 1"), 2),
    "write a value in its form": (f"{FIT} --set bits", replace(r"--set \S+"), 2),
    "choose from a list": (f"{FIT} --preset zzz", choose, 2),
    "name a sheet": (
        "log-prob {tables} years.xlsx --out {out}.csv",
        lambda words, message: [*words, "--sheet", re.search(r"name one of '(\w+)'", message)[1]],
        2,
    ),
    "name another folder": (
        "screen library.smi.gz --actives actives.smi --out {tables}",
        replace("--out", "elsewhere"),
        2,
    ),
    "ask for help": ("fit --colour red", run(), 2),
    "list what there is": ("fit penguins.csv --family zzz --out {out}", run(), 2),
    "take another command": ("score {tables} penguins.csv --out {out}.csv", run("genwright (log-prob .*)"), 2),
    "fit a run first": (
        "screen library.smi.gz --out {out} --run {tables}",
        run("genwright (fit .*)", "--family", "mean", "--out", "made", FILE="measured.csv", COLUMN="y"),
        2,
    ),
    "fit a run again": (
        "sample {old}",
        run("`genwright ([^`]*)`", "penguins.csv", "--family", "bootstrap", "--out", "runs/another"),
        2,
    ),
    "the column that was meant": (
        "sample {tables} --given specie=Adelie",
        lambda words, message: [*words[:-1], re.search("mean '(.*)'", message)[1] + "=Adelie"],
        2,
    ),
    "correct how data were read": ("describe poem.txt", add("--kind sequences"), 0),
    "bring another file": ("describe edges.csv", add("--nodes", "nodes.csv"), 0),
}


class Places(dict):
    """Runs, made when they are first asked for."""

    def __missing__(self, name: str) -> str:
        self[name] = f"runs/{name}"
        finish(shlex.split(f"{RUNS[name]} --quiet --out runs/{name}"))
        if name == "old":
            config = Path("runs/old/config.toml")
            config.write_text(re.sub(r"^format = \d+", "format = 1", config.read_text(), flags=re.M))
        return self[name]


def finish(words: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code or 0


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A folder with what readers of the docs have, and more; models are tiny and comparisons measure little."""
    folder = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        measure_little(patch)
        tiny_presets(patch)
        write_files(folder)
        more_files(folder)
        yield Places()


def more_files(folder: Path) -> None:
    edits = (folder / "my_edits" / "metadata.csv").read_text()
    shutil.copytree(folder / "my_edits", folder / "lost_edits")
    (folder / "lost_edits" / "metadata.csv").write_text(edits.replace("before/0.png", "before/lost.png"))
    frame = lambda name, **columns: pd.DataFrame(columns).to_csv(folder / name, index=False)
    few, size = [f"{'C' * n}{end}" for n in range(2, 10) for end in ("", "O", "N", "F")][:30], np.arange(30) % 7
    frame("measured.csv", smiles=few, y=[len(text) / 3 for text in few])
    frame("graded.csv", smiles=few, grade=[*"1234567" * 4, "high", "low"])
    frame("ages.csv", age=[*map(str, range(20, 49)), "lost"], size=size)
    with pd.ExcelWriter(folder / "years.xlsx") as book:
        for year in ("early", "late"):
            pd.read_csv(folder / "penguins.csv").to_excel(book, sheet_name=year, index=False)
    (folder / "poem.txt").write_text("".join(f"{k % 5} lines, {k % 7} words\n" for k in range(40)))


@pytest.mark.parametrize("command, follow, code", CASES.values(), ids=CASES)
def test_a_remedy_of_a_command_works(command, follow, code, places, tmp_path, capfd):
    places["out"] = str(tmp_path / "out")
    words = shlex.split(command.format_map(places))
    capfd.readouterr()
    assert finish(words) == code
    message = "".join(capfd.readouterr())
    assert finish(follow(words, message)) == 0, message + capfd.readouterr().err


def test_a_types_file_can_be_given_back_as_it_says(places, tmp_path):
    path = tmp_path / "what I mean.toml"
    assert finish(["describe", "penguins.csv", "--out", str(path)]) == 0
    words = shlex.split(path.read_text().splitlines()[1].lstrip("# "))
    assert finish([*words[1:], "--family", "bootstrap", "--out", str(tmp_path / "run")]) == 0


def test_what_a_card_says_can_be_typed(places, monkeypatch):
    monkeypatch.chdir(places["tables"])
    (command,) = re.findall(r"^    genwright (.*)", Path("README.md").read_text(), re.M)
    assert finish(shlex.split(command)) == 0


@pytest.mark.docs
def test_a_comparison_can_go_on_as_it_says(places):
    comparison = genwright.load_comparison(places["comparison"])
    row = comparison.results["models"][0]
    row["measured"] = "first look"
    (said,) = [one for one in advice(Results.from_json(comparison.results)) if "measures further" in one]
    for each in [*comparison.results["models"], *comparison.results["baselines"]]:
        each["metrics"] = {}
    assert run()([], refusal(comparison.best, "density")) == run()([], said)
    assert finish(run()([], said)) == 0


# ---------------------------------------------------------------------- how a remedy of a call is followed


def refusal(call: Callable, *of, **named) -> str:
    with pytest.raises(GenwrightError) as raised:
        call(*of, **named)
    return str(raised.value)


def keywords(typed: str, message: str) -> dict:
    """What the message writes as in a call."""
    call = ast.parse(f"f({re.search(typed, message)[0]})", mode="eval").body
    return {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}


def keyword_added(typed: str) -> Callable[[dict, str], dict]:
    return lambda named, message: named | keywords(typed, message)


def keywords_out(named: dict, message: str) -> dict:
    """named without what the message says to leave out: keywords, or one name of those that are given."""
    if found := re.search(r"leave '?(\w+)'? out of (?:given|what is given)", message):
        return named | {"given": [name for name in named["given"] if name != found[1]]}
    words = re.search(r"leave (?:the )?(.*?),? out\b", message)[1]
    left_out = {name for name in named if re.search(rf"\b{name}\b", words)}
    assert left_out, message
    return {name: value for name, value in named.items() if name not in left_out}


def first_of_list(named: dict, message: str) -> dict:
    """named with the first of a list in the place of the last value, or of the last in it."""
    first = re.search(r"(?:choose|use|name) one of '?([\w-]+(?: \w+)*)", message)[1]
    name, wrong = [*named.items()][-1]
    return named | {name: {**wrong, [*wrong][-1]: first} if isinstance(wrong, dict) else first}


load = lambda source: lambda places: partial(genwright.load_data, source)
sample = lambda places: genwright.load_model(places["tables"]).sample
complete = lambda places: partial(genwright.load_model(places["tables"]).complete, pd.read_csv("holes.csv"))
CALLS = {  # class of a remedy -> what is called, its keywords, of which the last is wrong, and how it is followed
    "add a keyword": (load("ages.csv"), {"types": {"age": "number"}}, keyword_added(r"missing=\{.*?\}")),
    "take another value": (complete, {"estimate": "median"}, keyword_added(r"(?<=use )estimate='\w+'")),
    "leave a keyword out": (load("karate-club"), {"target": "club"}, keywords_out),
    "leave an option of sampling out": (sample, {"n": 2, "steps": 5}, keywords_out),
    "leave several out": (sample, {"n": 2, "best_of": 2, "rerank": "a run"}, keywords_out),
    "leave a name out": (load("lost_edits"), {"given": ["caption", "before"]}, keywords_out),
    "choose from a list": (load("mols.smi"), {"salts": "none"}, first_of_list),
    "choose a type": (load("penguins.csv"), {"types": {"year": "colour"}}, first_of_list),
}


@pytest.mark.parametrize("of, named, follow", CALLS.values(), ids=CALLS)
def test_a_remedy_of_a_keyword_works(of, named, follow, places):
    call = of(places)
    call(**follow(named, refusal(call, **named)))


def test_a_limit_can_be_raised_or_kept(places, monkeypatch):
    read = partial(genwright.load_data, "penguins.csv")
    setting = lambda message: re.search(r"(GENWRIGHT_\w+)=(\w+)", message).groups()
    for module in (limits, frames):
        monkeypatch.setattr(module, "MAX_ROWS", 99)
    message = refusal(read)
    genwright.load_data(eval(re.search(r"table\.sample\(\d+\)", message)[0], {"table": pd.read_csv("penguins.csv")}))
    monkeypatch.setenv(limits.VARIABLE, "much")
    monkeypatch.setenv(*setting(refusal(read).partition("as in")[2]))
    monkeypatch.setenv(*setting(message))
    read()


def test_lines_can_be_drawn_with_the_program_that_a_message_names(places, monkeypatch):
    monkeypatch.setattr(text_lines, "MAX_ROWS", 99)
    command = re.search(r"shuf -n \d+", refusal(genwright.load_data, "names.txt"))[0]
    drawn = subprocess.run([*command.split(), "names.txt"], capture_output=True, text=True, check=True).stdout
    Path("drawn.txt").write_text(drawn)
    genwright.load_data("drawn.txt")
