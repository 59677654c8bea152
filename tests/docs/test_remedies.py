"""Every remedy that can be typed works when it is followed literally.

A case provokes a message. Its `follow` takes the remedy out of the text of that message, and what comes of it must
succeed. `messages` finds the strings of `src` that hold an option, a command, a package or a keyword to type: each is
provoked by a case, or stands in ELSEWHERE with the reason why none can.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import packages_distributions
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from documents import write_files
from measuring_little import measure_little, tiny_presets
from PIL import Image
from sentences import ROOT, SOURCE, strings

import genwright
from genwright.cli.commands import app, main
from genwright.core import limits
from genwright.core.errors import GenwrightError
from genwright.data.readers import text_lines
from genwright.data.readers.parquet_excel import ENGINES
from genwright.domains.tables import frames
from genwright.evaluation.sizes import left_out
from genwright.evaluation.suites import tables
from genwright.recipes import registry
from genwright.reports import take
from genwright.reports.advice import advice
from genwright.reports.cautions import CAUTIONS
from genwright.run import compressed

FILLED = "…"  # stands for what a message fills in
COMMANDS = [one.name or one.callback.__name__ for one in app.registered_commands]
TYPED = re.compile(
    rf"--[a-z]|pip install|\bgenwright (?:{'|'.join(COMMANDS)})\b"  # options, packages, commands
    r"|\w= ?(?:['\[{]|True|False)|\w\(data, |\(shuf |=…?\w*G\b"  # keywords, a call, a program, sizes
)
HELP = ("cli/options.py", "cli/parameters.py", "data/option.py")  # tests of the pages and of --help read these
"""Words of a command or keywords of a call, and a message -> those that the message asks for."""
Follow = Callable[[list[str], str], list[str]]


# ---------------------------------------------------------------------- how a remedy is followed


def add(typed: str, *values: str) -> Follow:
    """typed: a pattern of what the message says to type. values: what a person chooses behind it."""
    return lambda words, message: [*words, *shlex.split(re.search(typed, message)[0]), *values]


def leave_out(words: list[str], message: str) -> list[str]:
    name = re.search(r"leave (?:out )?([\w-]+)", message)[1]
    name = re.search(r"--[\w-]+", message)[0] if name == "it" else f"--{name.lstrip('-').replace('_', '-')}"
    begin = words.index(name)
    end = next((k for k in range(begin + 1, len(words)) if words[k].startswith("--")), len(words))
    return words[:begin] + words[end:]


def without(name: str) -> Follow:
    """An option that another value replaces."""
    return lambda words, _: leave_out(words, f"leave {name} out")


def name_one(words: list[str], message: str) -> list[str]:
    """Of two options that the message names, the second."""
    return leave_out(words, f"leave {re.search('--[a-z]+', message)[0]}")


def choose(words: list[str], message: str) -> list[str]:
    """The first of a list in the place of the last word."""
    return [*words[:-1], re.search(r"(?:one of|to) ([\w-]+)", message)[1]]


def run(typed: str = r"`genwright ([^`]*)`", *more: str, **names: str) -> Follow:
    """The command that the message writes out. names: what a person puts in the place of words such as DATA."""
    return lambda _, message: [*(names.get(word, word) for word in shlex.split(re.search(typed, message)[1])), *more]


def end_in(words: list[str], message: str) -> list[str]:
    return [*words[:-1], str(Path(words[-1]).with_suffix(re.search(r"end in (\.\w+)", message)[1]))]


def set_split(words: list[str], message: str) -> list[str]:
    return add("--split random")(leave_out(words, "leave --split out"), message)


def both(*follow: Follow) -> Follow:
    def each(words: list[str], message: str) -> list[str]:
        for one in follow:
            words = one(words, message)
        return words

    return each


def write_fixed(words: list[str], message: str) -> list[str]:
    """The file that the message spells, and the command that reads it."""
    *lines, command = re.search("write the lines '(.*)' and '(.*)' to fixed.csv.* run genwright (.*)", message).groups()
    Path("fixed.csv").write_text("".join(f"{line}\n" for line in lines))
    return shlex.split(command.replace("RUN", words[1]))


LABELLED = both(add("--nodes", "nodes.csv"), add("--target", "label"))


def keywords(typed: str, message: str) -> dict:
    """What the message writes as in a call."""
    call = ast.parse(f"f({re.search(typed, message)[0]})", mode="eval").body
    return {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}


# ---------------------------------------------------------------------- what a command says


@dataclass(frozen=True)
class Case:
    """says: a part of the message. command: it, where {out} is a new place and {tables} a run of RUNS. code: 0 for
    what is no error."""

    says: str
    command: str
    follow: Follow
    code: int = 2


RUNS = {
    "tables": "fit penguins.csv --family vae --steps 2",
    "copies": "fit penguins.csv --family bootstrap",
    "images": "fit x.npz --family bootstrap",
    "captioned": "fit my_images --given caption --family flow-matching --set condition_dropout=0 --steps 2",
    "molecules": "fit gone.smi --family bootstrap",
    "nodes": "fit edges.csv --nodes nodes.csv --target label --family gat --steps 2",
    "large": "fit large_edges.csv --nodes large_nodes.csv --target label --family gat --steps 2",
    "steps": "fit penguins.csv --family flow-matching --steps 2",
    "described": "fit measured.csv --target y --family linear --descriptors described.csv",
    "old": "fit penguins.csv --family bootstrap",
    "comparison": "compare penguins.csv --family vae --minutes 0.002",
    "text": "fit names.txt --family n-gram",
    "pictures": "fit x.npz --family pca",
}
CASES = (
    Case("--all trains all families that fit, --family … this one: name one of the two",
         "compare penguins.csv --dry-run --all --family vae", name_one),
    Case("--slurm describes jobs of Slurm: add --workers slurm, or leave --slurm out",
         "compare penguins.csv --dry-run --slurm time=60", leave_out),
    Case("try --workers 1", "compare penguins.csv --dry-run --workers 0",
         both(without("--workers"), add("--workers 1"))),
    Case("ask for at most --workers …", "compare penguins.csv --dry-run --workers 9999",
         both(without("--workers"), add(r"--workers \d+"))),
    Case("take --workers 1 to train here, or --workers list for another scheduler",
         "compare penguins.csv --dry-run --workers slurm", both(without("--workers"), add("--workers 1"))),
    Case("take --workers 1 to train here, or --workers list for another scheduler",
         "compare penguins.csv --dry-run --workers slurm", both(without("--workers"), add("--workers list"))),
    Case("split in one way only, by their source or by time: leave --split-number out",
         "fit visits.csv --time day --family bootstrap --out {out} --split-number 1", leave_out),
    Case("name one of them by --family", "fit --replay {comparison}/results.json --out {out}", add("--family", "vae")),
    Case("leave --… out", "fit --out {out} --replay {copies} --steps 2", leave_out),
    Case("leave --… out", "fit --out {out} --replay {copies} --balance", leave_out),
    Case("leave --set out", "fit penguins.csv --from {tables} --steps 2 --out {out} --set beta=2", leave_out),
    Case("--ids is for tables, and … was trained on other data: leave it out",
         "sample {images} --out {out}.npz --ids", leave_out),
    Case("more --draws make it smaller", "log-prob {tables} penguins.csv --out {out}.csv", add("--draws", "20"), 0),
    Case("add --steps-curve, or leave --items out", "report {steps} --items 64", add("--steps-curve")),
    Case("add --steps-curve, or leave --items out", "report {steps} --items 64", leave_out),
    Case("name the molecules to compare with by --train", "score {molecules} mols.smi --out {out}.csv",
         add("--train", "mols.smi")),
    Case("(see `… --help`)", "fit --colour red", run()),
    Case("leave --kind out, or choose one of", "list gan --kind music", leave_out),
    Case("leave --kind out, or choose one of", "list gan --kind music", choose),
    Case("was left out that a table could list: leave --out out", "describe x.npz --out {out}.csv", leave_out),
    Case("a types file is for columns: leave --out out", "describe x.npz --out {out}.toml", leave_out),
    Case("Name the SMILES column with --column (column=), or pass the nodes of an edge list with --nodes (nodes=)",
         "describe drugs.csv --target y", add("--column", "structure")),
    Case("Name the SMILES column with --column (column=), or pass the nodes of an edge list with --nodes (nodes=)",
         "describe edges.csv --target label", add("--nodes", "nodes.csv")),
    Case("--kind sequences (kind=) learns lines of text", "describe poem.txt", add("--kind sequences"), 0),
    Case("name the one that is meant with --column (column=)", "describe two.csv --kind molecules",
         add("--column", "first")),
    Case("holds classes, which have no logarithm: leave --log … out",
         "describe assay.csv --target active --types active=category --log active", leave_out),
    Case("which has no logarithm: correct it, or leave --log … out", "describe assay.csv --target active --log active",
         leave_out),
    Case("with --types …=…", "describe graded.csv --target grade", add(r"--types \S+=\w+")),
    Case("with --missing '…=…' (missing={", "describe ages.csv --types age=number", add(r"--missing '[^']*'")),
    Case("(--kind sequences for a .txt, --column for a table)", "describe quotes.csv", add("--column", "said")),
    Case("Leave the types out (--node-kind none --edge-kind none)",
         "fit coloured --family stochastic-block-model --out {out}",
         add("--node-kind none --edge-kind none")),
    Case("such as with --split random", "fit scaffolds.csv --target y --split scaffold --family mean --out {out}",
         set_split),
    Case("name a table that has them, with --descriptors (descriptors=)",
         "predict {described} mols.smi --out {out}.csv",
         add("--descriptors", "described.csv")),
    Case("leave out --descriptors none, or this family",
         "fit measured.csv --target y --family linear --out {out} --descriptors none", leave_out),
    Case("name what to predict with --target (target=)", "fit measured.csv --family mean --out {out}",
         add("--target", "y")),
    Case("pass --task … (task=)", "fit edges.csv --nodes nodes.csv --target label --steps 2 --out {out} --family gae",
         add(r"--task \w+")),
    Case("`genwright reproduce` without a name lists them", "reproduce nothing", run()),
    Case("fit the model again with `genwright fit`, into another folder", "sample {old}",
         run("`genwright ([^`]*)`", "penguins.csv", "--family", "bootstrap", "--out", "runs/another")),
    Case("pass given={…: ...}, or --given …=...", "sample {captioned} -n 2 --out {out}.png",
         lambda words, message: [*words, "--given", re.search(r"--given (\w+=)", message)[1] + "a cat"]),
    Case("where it is an edge list, name the table of its nodes (nodes, --nodes)",
         "predict {nodes} edges.csv --out {out}.csv", add("--nodes", "nodes.csv")),
    Case("and their labels in it (target, --target)", "fit edges.csv --task nodes --family mlp --steps 2 --out {out}",
         LABELLED),
    Case("name another by node (--node)", "plot {large} large_edges.csv --nodes large_nodes.csv --target label "
         "--what attention --out {out}.png", add("--node", "3"), 0),
    Case("is not of the form NAME=VALUE: write it as in …",
         "fit penguins.csv --family vae --steps 2 --out {out} --set bits",
         lambda words, message: [*leave_out(words, "leave --set"), *add(r"--set \S+")([], message)]),
    Case("of nodes (nodes, --nodes) and the column of labels (target, --target)",
         "depth penguins.csv --seeds 1 --minutes 0.0001 --out {out}",
         lambda words, message: [words[0], "edges.csv", *LABELLED(words[2:], message)]),
    Case("take genwright log-prob … …", "score {tables} penguins.csv --out {out}.csv", run("genwright (log-prob .*)")),
    Case("gives one best guess: leave --samples out",
         "complete {tables} holes.csv --out {out}.csv --estimate mean --samples 2", leave_out),
    Case("--known is a mask for files of images, and … is none: leave it out",
         "complete {tables} holes.csv --out {out}.csv --known mask.png", leave_out),
    Case("--prompt is for models of text: leave it out", "sample {tables} -n 2 --out {out}.csv --prompt An", leave_out),
    Case("--prompt continues one text: leave --keep-rules, --unique and --novel out",
         "sample {text} -n 2 --out {out}.txt --prompt mi --unique",
         lambda words, message: leave_out(words, f"leave {re.search('--unique', message)[0]}")),
    Case("pass a mask with --known (known=", "complete {pictures} one.png --out {out}.png", add("--known", "mask.png")),
    Case("pass --nodes FILE instead", "describe edges.csv", add("--nodes", "nodes.csv"), 0),
    Case(" To predict it instead, pass --target …", "describe measured.csv", add(r"--target \w+"), 0),
    Case("To learn molecules, name one: --column NAME --kind molecules", "describe pairs.csv",
         lambda words, message: add("--column first.*")(words, message.replace("NAME", "first")), 0),
    Case("write the lines '…' and '…' to fixed.csv", "sample {tables} --given species=Adelie", write_fixed),
    Case("`genwright list` prints all", "fit penguins.csv --family zzz --out {out}", run()),
    Case("try `genwright … digits`", "compare --dry-run", run("`genwright ([^`]*)`", "--dry-run")),
)  # fmt: skip


class Places(dict):
    """Runs, made when they are first asked for."""

    def __missing__(self, name: str) -> str:
        self[name] = f"runs/{name}"
        finish(shlex.split(f"{RUNS[name]} --quiet --out runs/{name}"))
        if name == "molecules":
            Path("gone.smi").rename("moved.smi")
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
    frame = lambda name, **columns: pd.DataFrame(columns).to_csv(folder / name, index=False)
    (folder / "gone.smi").write_bytes((folder / "mols.smi").read_bytes())
    chains = [f"{'C' * n}{end}" for n in range(2, 14) for end in ("", "O", "N", "F")]
    rings = [f"C1{'C' * n}{atom}1" for n in range(2, 8) for atom in "CN"]  # a fifth, which a split by scaffold tests
    few, size = chains[:30], np.arange(30) % 7
    frame("measured.csv", smiles=few, y=[len(text) / 3 for text in few])
    frame("described.csv", smiles=few, size=size)
    frame("graded.csv", smiles=few, grade=[*"1234567" * 4, "high", "low"])
    frame("drugs.csv", structure=[text if k % 3 else "unknown drug" for k, text in enumerate(few)], y=size)
    frame("two.csv", first=few, second=few[::-1])
    frame("pairs.csv", first=few, second=few[::-1], y=size)
    picture = np.load(folder / "x.npz")["x"][0]
    Image.fromarray(picture.squeeze().astype(np.uint8)).save(folder / "one.png")
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[: len(mask) // 2] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    frame("scaffolds.csv", smiles=chains + rings, y=[1.0] * len(chains) + [2.0 + n for n in range(len(rings))])
    frame("ages.csv", age=[*map(str, range(20, 49)), "lost"], size=size)
    said = [f"{who} said that {what}" for who in ("anna", "bert", "cleo", "dan", "eve", "finn") for what in "abcdefgh"]
    frame("quotes.csv", said=said, answered=said[::-1])
    (folder / "poem.txt").write_text("".join(f"{k % 5} lines, {k % 7} words\n" for k in range(40)))
    (folder / "coloured").mkdir()
    for number in range(30):
        graph = nx.cycle_graph(4 + number % 4)
        nx.set_node_attributes(graph, {node: ("red", "blue")[node % 2] for node in graph}, "colour")
        nx.write_graphml(graph, folder / "coloured" / f"{number}.graphml")
    ring, label = np.arange(70), np.arange(70) % 2
    frame("large_edges.csv", source=ring, target=np.roll(ring, 2))
    frame("large_nodes.csv", id=ring, age=label + ring / 70, label=[("a", "b")[k] for k in label])


def found_in(says: str, message: str) -> re.Match | None:
    return re.search(".*?".join(map(re.escape, says.split(FILLED))), message)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_a_remedy_of_a_command_works(case, places, tmp_path, capfd):
    places["out"] = str(tmp_path / "out")
    words = shlex.split(case.command.format_map(places))
    capfd.readouterr()
    code = finish(words)
    message = "".join(capfd.readouterr())
    assert code == case.code and found_in(case.says, message), message
    assert finish(case.follow(words, message)) == 0, capfd.readouterr().err


# ---------------------------------------------------------------------- what a call says

FOLLOWED = [case.says for case in CASES]


def follows(*says: str) -> Callable:
    """Marks a test as one that follows the remedies of messages."""
    FOLLOWED.extend(says)
    return lambda test: test


def refusal(says: str, call: Callable, *of, **named) -> str:
    with pytest.raises(GenwrightError) as raised:
        call(*of, **named)
    assert found_in(says, str(raised.value)), raised.value
    return str(raised.value)


def test_a_types_file_can_be_given_back_as_it_says(places, tmp_path):
    path = tmp_path / "what I mean.toml"
    assert finish(["describe", "penguins.csv", "--out", str(path)]) == 0
    words = shlex.split(path.read_text().splitlines()[1].lstrip("# "))
    assert finish([*words[1:], "--family", "bootstrap", "--out", str(tmp_path / "run")]) == 0


@follows("(missing={'…': […]})", "leave labels out by given=[]")
def test_options_of_load_data(places):
    load = partial(genwright.load_data, "ages.csv", types={"age": "number"})
    load(**keywords(r"missing=\{.*?\}", refusal("(missing={'…': […]})", load)))
    load = partial(genwright.load_data, (np.load("x.npz")["x"], ["none", "n/a"] * 20), missing=["none", "n/a"])
    load(**keywords(r"given=\[\]", refusal("leave labels out by given=[]", load)))


@follows("name the column that holds them, or take task='…'", "or take task='links'")
def test_tasks_of_a_graph(places):
    graph = genwright.load_data("edges.csv", nodes="nodes.csv")
    for task, says in (("nodes", "or take task='…'"), ("relations", "or take task='links'")):
        genwright.task_of(graph, **keywords(r"task='\w+'", refusal(says, genwright.task_of, graph, task)))


@follows("pass given={…: ...}", "use estimate='mean'", "only `complete` takes pictures with holes, with known= False")
def test_verbs_of_a_model(places):
    model, pictures = genwright.load_model(places["captioned"]), np.load("x.npz")["x"][:2] / 255
    given = keywords(r"given=\{.*?\}", refusal("pass given={…: ...}", model.sample, 2))["given"]
    model.sample(2, given={name: "a cat" for name in given})
    says, holes = "with known= False there", np.where(pictures > 0.9, np.nan, pictures)
    assert keywords(r"known= \w+", refusal(says, model.log_prob, holes))["known"] is False
    model.complete(holes, known=~np.isnan(holes), given={"caption": "a cat"})
    model = genwright.load_model(places["tables"])
    holes = pd.read_csv("holes.csv")
    says = "use estimate='mean'"
    model.complete(
        holes, **keywords(r"(?<=use )estimate='\w+'", refusal(says, model.complete, holes, estimate="median"))
    )


@follows("train several networks (--ensemble 5)")
def test_several_networks_can_be_trained(tmp_path, places):
    words = ["fit", "measured.csv", "--target", "y", "--family", "fingerprint", "--steps", "2", "--out"]
    assert finish([*words, str(tmp_path / "one")]) == 0
    (health,) = genwright.load_model(tmp_path / "one").config["health"]
    assert found_in("train several networks (--ensemble 5)", health)
    assert finish(add("--ensemble 5")([*words, str(tmp_path / "five")], health)) == 0


@follows("fit it with fitted_prior=False")
def test_hyperparameters(places):
    names = genwright.load_data("names.txt")
    fit = lambda **named: genwright.fit(names, "vae", steps=2, hyperparameters=named, progress=False)
    message = refusal("fit it with fitted_prior=False", fit(fitted_prior=True).compress, names.test)
    fit(**keywords(r"fitted_prior=\w+", message)).compress(names.test)


@follows("set …=…G if the machine has the memory", "table.sample(…)), or set …=…G", "as in …=8G")
def test_limits_can_be_raised(places, monkeypatch):
    load = partial(genwright.load_data, "penguins.csv")
    setting = lambda message: re.search(r"(GENWRIGHT_\w+)=(\w+)", message).groups()
    with monkeypatch.context() as patch:
        patch.setattr(limits, "MOST_BYTES", 99)
        patch.setenv(*setting(refusal("set …=…G if the machine has the memory", load)))
        load()
    with monkeypatch.context() as patch:
        for module in (limits, frames):
            patch.setattr(module, "MAX_ROWS", 99)
        message = refusal("table.sample(…)), or set …=…G", load)
        genwright.load_data(
            eval(re.search(r"table\.sample\(\d+\)", message)[0], {"table": pd.read_csv("penguins.csv")})
        )
        patch.setenv(*setting(message))
        load()
    monkeypatch.setenv(limits.VARIABLE, "much")
    monkeypatch.setenv(*setting(refusal("write it as in …=8G", load).partition("as in")[2]))
    load()


@follows("draw that many at random (shuf -n …)")
def test_lines_can_be_drawn_with_shuf(places, monkeypatch):
    monkeypatch.setattr(text_lines, "MAX_ROWS", 99)
    message = refusal("(shuf -n …)", genwright.load_data, "names.txt")
    command = re.search(r"shuf -n \d+", message)[0]
    Path("drawn.txt").write_text(subprocess.run([*command.split(), "names.txt"], capture_output=True, text=True).stdout)
    genwright.load_data("drawn.txt")


@follows("numpy.save(..., allow_pickle=False)")
def test_arrays_can_be_saved_so(places):
    np.save("objects.npy", np.array([{}], object))
    message = refusal("numpy.save(..., allow_pickle=False)", genwright.load_data, "objects.npy")
    np.save("plain.npy", np.load("x.npz")["x"], **keywords(r"allow_pickle=\w+", message))
    genwright.load_data("plain.npy")


@follows("write it again with `genwright compress`")
def test_a_stream_of_another_format_can_be_written_again(places, monkeypatch, capfd, tmp_path):
    Path("categories.csv").write_text(pd.read_csv("penguins.csv")[["species", "sex"]].to_csv(index=False))
    run, stream = str(tmp_path / "run"), str(tmp_path / "stream")
    assert finish(shlex.split(f"fit categories.csv --family autoregressive --steps 2 --quiet --out {run}")) == 0
    with monkeypatch.context() as patch:
        patch.setattr(compressed, "FORMAT", 0)
        assert finish(["compress", run, "categories.csv", "--out", stream]) == 0
    capfd.readouterr()
    back = ["decompress", run, stream, "--out", str(tmp_path / "back.csv")]
    assert finish(back) == 2
    command = re.search("`genwright (compress)`", capfd.readouterr().err)[1]
    assert finish([command, run, "categories.csv", "--out", stream]) == 0 and finish(back) == 0


@follows(
    "genwright fit DATA --family FAMILY", "genwright predict RUN DATA", "genwright list for the families", " --preset …"
)
def test_what_the_list_says_can_be_typed(places, tmp_path, capfd):
    capfd.readouterr()
    assert finish(["list"]) == 0
    said = capfd.readouterr().out
    run_of, fit, compare, task, predict = (tmp_path / "run", *re.findall(r"genwright ([^.]+?)(?:\.|\n|$)", said))
    names = {"DATA": "karate-club", "TASK": "nodes", "FAMILY": "gcn", "RUN": str(run_of)}
    typed = lambda line, *more, **own: [*((names | own).get(word, word) for word in line.split()), *more]
    assert finish(typed(fit, "--out", str(tmp_path / "copies"), DATA="penguins.csv", FAMILY="bootstrap")) == 0
    assert finish(typed(compare, "--dry-run", DATA="penguins.csv")) == 0
    assert finish(typed(task, "--steps", "2", "--out", str(run_of))) == 0
    assert finish(typed(predict, "--out", str(tmp_path / "labels.csv"))) == 0
    for family, preset, kinds in re.findall(r": ([\w-]+) --preset (\w+) \(([\w, -]+);", said):
        for kind in kinds.split(", "):
            assert preset in registry.presets(registry.row(kind, registry.tasks(kind)[0], family))


@follows("trees learn '…' from samples, picked for you: --target names another")
def test_what_a_page_says_can_be_typed(places, tmp_path):
    page = (Path(places["comparison"]) / "report.html").read_text()
    option = re.search(r"--\w+", tables.Suite(genwright.load_data("penguins.csv")).picked)[0]
    words = ["compare", "penguins.csv", "--family", "vae", "--minutes", "0.002", option, "sex"]
    assert finish([*words, "--out", str(tmp_path / "another")]) == 0
    replay = re.search(r"genwright (compare --replay [^<]*)<", page)[1]
    assert finish([*shlex.split(replay), "--out", str(tmp_path / "again")]) == 0


@follows("add minutes with --more-minutes", "`{command}` measures further", "go on with `…`")
def test_a_comparison_can_go_on_as_it_says(places, monkeypatch):
    monkeypatch.setattr(take, "MORE", 0.002)
    comparison = genwright.load_comparison(places["comparison"])
    row = comparison.results["models"][0]
    row["measured"] = "first look"
    (said,) = [one for one in advice(comparison.results) if found_in("measures further", one)]
    assert finish(run()([], said)) == 0
    row["metrics"] = {}
    assert run()([], refusal("go on with `…`", comparison.best, "density")) == run()([], said)
    (left,) = left_out({"scored of vae": 0}, "vae", {})
    assert re.search(r"--[\w-]+", left)[0] in run()([], said)


@follows("genwright.compare(data, out=…, more_minutes=…)", "genwright.compare(data, replay=…)")
def test_a_comparison_in_python_can_go_on_as_it_says(places, monkeypatch):
    monkeypatch.setattr(take, "MORE", 0.002)
    data = genwright.load_data(pd.read_csv("penguins.csv"))
    comparison = genwright.compare(data, minutes=0.002, families=["vae"], out="runs/python", progress=False)
    for row in comparison.results["models"]:
        row["metrics"] = {}
    call = re.search("`(.*)`", refusal("go on with `…`", comparison.best, "density"))[1]
    assert found_in("genwright.compare(data, out=…, more_minutes=…)", call)
    eval(call, {"genwright": genwright, "data": data})
    eval(take.replay(comparison.results, comparison.folder), {"genwright": genwright, "data": data})


@follows(" . -n 16", "genwright predict . DATA", ", given={", " --given …=VALUE", "`genwright compare` measures models")
def test_what_a_card_says_can_be_typed(places, monkeypatch):
    files = Path.cwd()
    for name, data in (("tables", ""), ("captioned", ""), ("nodes", "edges.csv --nodes nodes.csv --target label")):
        monkeypatch.chdir(files)
        monkeypatch.chdir(places[name])
        (command,) = re.findall(r"^    genwright (.*)", Path("README.md").read_text(), re.M)
        named = f" {data}".replace(" edges", f" {files}/edges").replace(" nodes", f" {files}/nodes")
        assert finish(shlex.split(command.replace(" DATA", named).replace("VALUE", "star"))) == 0


@follows("`genwright sample RUN --keep-rules` draws none that does")
def test_rules_can_be_kept_as_the_report_says(places):
    (said,) = [rule.sentence for rule in CAUTIONS if rule.name == "broken rules"]
    assert finish(run("`genwright ([^`]*)`", "-n", "4", RUN=places["copies"])([], said)) == 0


@follows("pip install …", "pip install 'genwright[")
def test_packages_are_called_so():
    """Nothing is installed: a package must be one that brings the module, an extra one that lists such a package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {name: set(map(package_of, needed)) for name, needed in project["optional-dependencies"].items()}
    source = {path: path.read_text() for path in MODULES}
    modules = {found for text in source.values() for found in re.findall(r'require_package\("(\w+)"\)', text)}
    assert modules and all(normal(module) in packages(module) for module in modules | set(ENGINES.values()))
    for module, extra in EXTRAS.items():
        assert extras[extra] & packages(module)
    named = {found for text in source.values() for found in re.findall(r"pip install 'genwright\[(\w+)\]'", text)}
    assert named == set(EXTRAS.values())


# module -> extra that a message names for it
EXTRAS = {"mido": "music", "soundfile": "audio", "openpyxl": "files", "pyarrow": "files", "rdkit": "mol"}


def normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def package_of(requirement: str) -> str:
    return normal(re.match(r"[\w.-]+", requirement)[0])


def packages(module: str) -> set[str]:
    """Those that bring a module; its own name where it is not installed here."""
    return set(map(normal, packages_distributions().get(module, [module])))


# ---------------------------------------------------------------------- all that there are

MODULES = [path for path in sorted(SOURCE.rglob("*.py")) if "contract" not in path.parts]
ELSEWHERE = {  # part of a string that no case provokes: why
    "\n    Example: genwright ": "help of a command, whose examples tests of the command line read",
    "unless you pass --device cpu": "needs a GPU",
    "open the run with device='cpu'": "needs a GPU",
    "every mark for an open end is a character of this text": "needs a text with every mark",
    "--set free_bits=2.0": "a part of the message about NAME=VALUE",
    "name a partition that `sinfo` lists, as in --slurm partition=cpu": "needs Slurm",
    "<tr><th ": "HTML",
}


def messages(tree: ast.Module) -> Iterator[str]:
    """The strings of a module, but for help texts."""
    is_help = lambda node: isinstance(node, ast.keyword) and node.arg in ("help", "epilog")
    helps = {part for node in ast.walk(tree) if is_help(node) for part in ast.walk(node)}
    yield from (string for node, string in strings(tree, FILLED) if node not in helps)


def test_every_remedy_to_type_is_followed():
    paths = [path for path in MODULES if not str(path).endswith(HELP)]
    every = {string: path for path in paths for string in messages(ast.parse(path.read_text()))}
    typed = [string for string in every if " " in string.strip() and TYPED.search(string)]
    known = [*FOLLOWED, *ELSEWHERE]
    unknown = [string for string in typed if not any(says in string for says in known)]
    assert not unknown, "\n".join(f"{every[string].relative_to(SOURCE)}: {string}" for string in unknown)
    assert not [says for says in known if not any(says in string for string in every)]
