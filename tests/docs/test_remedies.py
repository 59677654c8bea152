"""Every remedy that can be typed works when it is followed literally.

A case provokes a message. Its `follow` takes the remedy out of the text of that message, and what comes of it must
succeed. `messages` finds the strings of `src` that match REMEDIES: each is provoked by a case, or stands in ELSEWHERE
with the reason why none can.
"""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

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
from genwright.data.readers.binary_tables import ENGINES
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
ITEMS = "it|them|parts|labels|those items|these items|row|edge|clip|node|types"  # left out of data, not of a call
REMEDIES = {  # form of a remedy -> what a message has that offers one
    "type an option, a package or a command": rf"--[a-z]|pip install|\bgenwright (?:{'|'.join(COMMANDS)})\b",
    "pass a keyword, call, run a program, set a size": r"\w= ?(?:['\[{]|True|False)|\w\(data, |\(shuf |=…?\w*G\b",
    "take one of a list": r"\b(?:choose|use|take|name) one of …",
    "leave an argument out": rf"\b[Ll]eave (?!(?:the )?(?:{ITEMS})\b)(?:the )?(?:…|[a-z_]+)(?: …|,? [a-z_]+)*?,? out\b",
}
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
    return [*words[:-1], re.search(r"one of ([\w-]+)", message)[1]]


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


def match_first(data: str, option: str) -> Follow:
    """The run that the message says to fit, in the place of the one that an option names."""

    def follow(words: list[str], message: str) -> list[str]:
        typed = re.search(r"--task \w+", message)[0]
        assert finish(shlex.split(f"fit {data} {typed} --steps 2 --quiet --out runs/match-{data}")) == 0
        return [*leave_out(words, f"leave {option}"), option, f"runs/match-{data}"]

    return follow


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
    "below": "fit titled.csv --header-row 2 --family vae --steps 2",
    "copies": "fit penguins.csv --family bootstrap",
    "images": "fit x.npz --family bootstrap",
    "captioned": "fit my_images --given caption --family flow-matching --set condition_dropout=0 --steps 2",
    "codec": "fit x.npz --family vq-vae --steps 2",
    "molecules": "fit gone.smi --family bootstrap",
    "nodes": "fit edges.csv --nodes nodes.csv --target label --family gat --steps 2",
    "large": "fit large_edges.csv --nodes large_nodes.csv --target label --family gat --steps 2",
    "steps": "fit penguins.csv --family flow-matching --steps 2",
    "described": "fit measured.csv --target y --family linear --descriptors described.csv",
    "old": "fit penguins.csv --family bootstrap",
    "comparison": "compare penguins.csv --family vae --minutes 0.002",
    "text": "fit names.txt --family n-gram",
    "pictures": "fit x.npz --family pca",
    "given": "fit penguins.csv --given species --family independent",
    "points": "fit molecules.xyz --family independent",
    "measured": "fit measured.csv --target y --family mean",
    "matched": "fit my_images --task match --steps 2",
    "both": "fit assay.csv --target active --target y --descriptors none --family mean",
}
ONE = "fit measured.csv --target y --descriptors none --family fingerprint --steps 2 --out {out}"
SCREEN = "screen library.smi.gz --out {out}"
DESIGN = "design mols.smi --score my_score.py --calls 8 --out {out}"
WISH = "design mols.smi --calls 8 --filters off --out {out}"
CASES = (
    Case("name one of --actives FILE, --assay FILE with --target COLUMN, or --run RUN", SCREEN,
         add("--actives", "actives.smi")),
    Case("an assay needs the column that counts: name it with --target",
         f"{SCREEN} --assay assay.csv --family mean", add("--target", "active")),
    Case("known actives have no target: leave --target out", f"{SCREEN} --actives actives.smi --target y", leave_out),
    Case("known actives are all sought: leave --positive, --lower and --higher out",
         f"{SCREEN} --actives actives.smi --lower", without("--lower")),
    Case("do not say which one is sought: name it with --positive",
         f"{SCREEN} --assay potency.csv --target found --family mean", add("--positive '.*?'")),
    Case("`…` has no class …: name one of … with --positive",
         f"{SCREEN} --assay potency.csv --target found --family mean --positive hot", choose),
    Case("seem better, by its name: add --lower", f"{SCREEN} --assay potency.csv --target IC50 --family mean",
         add("--lower")),
    Case("is a number, and --positive names a class: leave it out", f"{SCREEN} --run {{measured}} --positive 1",
         leave_out),
    Case("holds classes, and --lower and --higher are for numbers: leave them out",
         f"{SCREEN} --assay assay.csv --target active --family mean --lower", without("--lower")),
    Case("by=… is unknown: choose one of …", f"{SCREEN} --actives actives.smi --by magic", choose),
    Case("--by ranks by known actives: leave --by out", f"{SCREEN} --run {{measured}} --by one-class", leave_out),
    Case("on which a model is trained: leave --family out", f"{SCREEN} --actives actives.smi --family mean", leave_out),
    Case("no filter or flag is called …: choose one of …", f"{SCREEN} --actives actives.smi --without pain", choose),
    Case("which the screen uses or cannot write: use --flag …",
         f"{SCREEN} --actives actives.smi --flag score={{measured}}", both(without("--flag"), add("--flag .*=[^ ]*"))),
    Case("predicts numbers alone, which remove nothing: leave it out of --without",
         f"{SCREEN} --actives actives.smi --flag size={{measured}} --without size", leave_out),
    Case("name another folder with --out", "screen library.smi.gz --actives actives.smi --out {tables}",
         both(without("--out"), add("--out", "elsewhere"))),
    Case("train one with genwright fit FILE --target COLUMN", f"{SCREEN} --run {{tables}}",
         run("genwright (fit .*)", "--family", "mean", "--out", "made", FILE="measured.csv", COLUMN="y")),
    Case("train it with --descriptors rdkit, or none", f"{SCREEN} --run {{described}}",
         lambda words, message: [*ONE.split(" --descriptors")[0].split(), "--family", "mean", "--out", "remade",
                                 *re.search("--descriptors rdkit", message)[0].split()]),
    Case("name one of … with --target", f"{SCREEN} --run {{both}}",
         lambda words, message: [*words, "--target", re.search(r"one of (\w+)", message)[1]]),
    Case("--filters takes on or off, not …", f"{DESIGN} --filters maybe",
         both(without("--filters"), add("--filters", "off"))),
    Case("no family is named: leave --family out for genetic", f"{DESIGN} --filters off --family ,", leave_out),
    Case("write it as in --rings 5..6, or --rings off", f"{DESIGN} --filters off --rings x",
         both(without("--rings"), add("--rings off"))),
    Case("write it as in --atoms 50, or --atoms off", f"{DESIGN} --filters off --atoms x",
         both(without("--atoms"), add("--atoms off"))),
    Case("there is no family … of designs: choose one of …", f"{DESIGN} --filters off --family zzz", choose),
    Case("needs molecules to compare with: name them with --like", f"{DESIGN} --filters off --similar 0.2",
         add("--like", "mols.smi")),
    Case("must be to those of --like: add --similar", f"{DESIGN} --filters off --like mols.smi",
         add(r"--similar [\d.]+")),
    Case("takes the place of a score: leave score and want out", f"{DESIGN} --filters off --ask 3", leave_out),
    Case("are allowed: raise --atoms", f"{DESIGN} --filters off --keep c1ccccc1 --atoms 3",
         both(without("--atoms"), add("--atoms", "38"))),
    Case("is no element: write symbols, such as --elements B,Si", f"{DESIGN} --filters off --elements Xx",
         both(without("--elements"), add("--elements B,Si"))),
    Case("is within the limits (most often: …): switch a limit off, such as with --filters off",
         "design C[N+](C)(C)CCO --score my_score.py --calls 4 --out {out}", add("--filters off")),
    Case("nothing says what is wanted: name a --score", WISH, add("--score", "my_score.py")),
    Case("beside a score, one wish is about the score: add --want", f"{DESIGN} --filters off --want qed>=0.5",
         add('--want "[^"]*"')),
    Case("… predicts no …: choose one of …", f"{WISH} --score {{measured}}:zzz",
         lambda words, message: [*words[:-1], words[-1].replace("zzz", choose(["zzz"], message)[-1])]),
    Case("there is no property … to wish for: choose one of …", f"{WISH} --want charge>=1",
         lambda words, message: [*words[:-1], choose(["charge"], message)[-1] + ">=1"]),
    Case(" (similarity needs --like)", f"{WISH} --want similarity>=0.4", add("--like", "mols.smi")),
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
    Case("add --ensemble 5 to train five, or leave --workers out", f"{ONE} --workers list", add("--ensemble 5")),
    Case("add --ensemble 5 to train five, or leave --workers out", f"{ONE} --workers list", leave_out),
    Case("--workers trains members apart, --processes one model together: leave --processes out",
         f"{ONE} --ensemble 2 --workers list --processes 2", leave_out),
    Case("--workers trains all members, --member one of them: leave --member out",
         f"{ONE} --ensemble 2 --workers list --member 1", leave_out),
    Case("has one network, and so no members: leave member out", f"{ONE} --member 1", leave_out),
    Case("give the same command with --workers list in place of --member", f"{ONE} --ensemble 2 --member 1",
         both(without("--member"), add("--workers list"))),
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
    Case("leave --processes out for one", "fit penguins.csv --family pca --out {out} --processes 0", leave_out),
    Case("at most, or leave --processes out", "fit penguins.csv --family pca --out {out} --processes 10000", leave_out),
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
    Case("--kind tables (kind=) keeps it", "describe foodweb.csv", add("--kind tables"), 0),
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
    Case("sheets with cells…: name one of … with --sheet, or save that sheet as .csv",
         "log-prob {tables} years.xlsx --out {out}.csv",
         lambda words, message: [*words, "--sheet", re.search(r"name one of '(\w+)'", message)[1]]),
    Case("row … holds the column names, as in training: --header-row names another",
         "log-prob {below} penguins.csv --out {out}.csv", add("--header-row", "1")),
    Case("or name another sheet (…) with --sheet", "describe sheets.xlsx", add("--sheet", "2")),
    Case("pass --nodes FILE instead", "describe edges.csv", add("--nodes", "nodes.csv"), 0),
    Case(" To predict it instead, pass --target …", "describe measured.csv", add(r"--target \w+"), 0),
    Case("To learn molecules, name one: --column NAME --kind molecules", "describe pairs.csv",
         lambda words, message: add("--column first.*")(words, message.replace("NAME", "first")), 0),
    Case("write the lines '…' and '…' to fixed.csv", "sample {tables} --given species=Adelie", write_fixed),
    Case("`genwright list` prints all", "fit penguins.csv --family zzz --out {out}", run()),
    Case("does not predict properties of molecules: leave descriptors out",
         "predict {nodes} edges.csv --nodes nodes.csv --out {out}.csv --descriptors described.csv", leave_out),
    Case("does not match images with texts: leave among out",
         "predict {nodes} edges.csv --nodes nodes.csv --out {out}.csv --among star", leave_out),
    Case("fit one on the same images with --task match",
         "sample {captioned} -n 2 --given caption=cat --out {out}.png --best-of 2 --rerank {tables}",
         match_first("my_images", "--rerank")),
    Case("fit one on the same images, with the same seed, with --task match",
         "fit my_edits --given caption --family unclip --steps 3 --out {out} --match {matched}",
         match_first("my_edits", "--match")),
    Case("trains no towers: name a run that has some with --match (match=), or leave … out",
         "fit my_images --given caption --family unclip --steps 3 --out {out} --set match_share=0", without("--set")),
    Case("learns from no embeddings of a run that matches images with texts: leave match out",
         "fit x.npz --family vae --steps 2 --out {out} --match {matched}", leave_out),
    Case("the towers are trained already: leave the hyperparameter … out, or match",
         "fit my_images --given caption --family unclip --steps 3 --out {out} --match {matched} --set match_width=16",
         without("--set")),
    Case("load it with given='…' (--given …)", "fit my_images --family unclip --steps 3 --out {out}",
         add(r"--given \w+")),
    Case("an edit needs --with and --without", "edit {pictures} x.npz --out {out}.npz --with x.npz",
         add("--without", "x.npz")),
    Case("name it with --given caption=... (given={'caption': ...})",
         "sample {captioned} -n 2 --out {out}.png --best-of 2 --rerank {matched}",
         lambda words, message: [*words, "--given", re.search(r"--given (caption=)", message)[1] + "cat"]),
    Case("name the texts to choose among with --among (among=)", "predict {matched} x.npz --out {out}.csv",
         add("--among", "a cat")),
    Case("was not trained on a graph: leave … out", "predict {measured} mols.smi --out {out}.csv --nodes nodes.csv",
         leave_out),
    Case("was trained without descriptors of a file: leave descriptors out",
         "predict {measured} mols.smi --out {out}.csv --descriptors described.csv", leave_out),
    Case("of which no ensemble is made: leave ensemble out",
         "fit penguins.csv --family vae --steps 2 --out {out} --ensemble 3", leave_out),
    Case("leave directed out, give every edge its reverse too",
         "fit edges.csv --nodes nodes.csv --target label --family cheb --steps 2 --out {out} --directed", leave_out),
    Case("no preset … for …: choose one of …", "fit penguins.csv --family vae --steps 2 --out {out} --preset zzz",
         choose),
    Case("no figure is called …: choose one of …",
         "plot {nodes} edges.csv --nodes nodes.csv --target label --out {out}.png --what beauty", choose),
    Case("… takes no …, which is for …: leave … out",
         "plot {nodes} edges.csv --nodes nodes.csv --target label --what codes --out {out}.png --node 3", leave_out),
    Case("molecules cannot be sorted by … here: choose one of …",
         "score {molecules} mols.smi --train mols.smi --out {out}.csv --by beauty", choose),
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
    edits = (folder / "my_edits" / "metadata.csv").read_text()
    shutil.copytree(folder / "my_edits", folder / "lost_edits")
    (folder / "lost_edits" / "metadata.csv").write_text(edits.replace("before/0.png", "before/lost.png"))
    frame = lambda name, **columns: pd.DataFrame(columns).to_csv(folder / name, index=False)
    (folder / "gone.smi").write_bytes((folder / "mols.smi").read_bytes())
    chains = [f"{'C' * n}{end}" for n in range(2, 14) for end in ("", "O", "N", "F")]
    rings = [f"C1{'C' * n}{atom}1" for n in range(2, 8) for atom in "CN"]  # a fifth, which a split by scaffold tests
    few, size = chains[:30], np.arange(30) % 7
    frame("measured.csv", smiles=few, y=[len(text) / 3 for text in few])
    frame("potency.csv", smiles=few, IC50=[len(text) / 3 for text in few], found=["hit", "miss", "miss"] * 10)
    frame("described.csv", smiles=few, size=size)
    frame("graded.csv", smiles=few, grade=[*"1234567" * 4, "high", "low"])
    frame("drugs.csv", structure=[text if k % 3 else "unknown drug" for k, text in enumerate(few)], y=size)
    frame("two.csv", first=few, second=few[::-1])
    frame("pairs.csv", first=few, second=few[::-1], y=size)
    nx.to_pandas_adjacency(nx.cycle_graph(12)).to_csv(folder / "foodweb.csv")
    pd.read_csv(folder / "penguins.csv").to_parquet(folder / "penguins.parquet")
    pd.read_csv(folder / "penguins.csv").to_excel(folder / "book.xlsx", sheet_name="cells", index=False)
    (folder / "titled.csv").write_text("Palmer,birds,-,-\n" + (folder / "penguins.csv").read_text())
    with pd.ExcelWriter(folder / "years.xlsx") as book:
        for year in ("early", "late"):
            pd.read_csv(folder / "penguins.csv").to_excel(book, sheet_name=year, index=False)
    with pd.ExcelWriter(folder / "sheets.xlsx") as book:
        pd.DataFrame(["A title"]).to_excel(book, sheet_name="title", header=False, index=False)
        pd.DataFrame({"y": size, "k": np.arange(30) % 5}).to_excel(book, sheet_name="data", index=False)
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


@follows("was loaded without captions: load it with given='caption' (--given caption)")
def test_images_are_loaded_with_captions_to_match_texts(places):
    without = genwright.load_data("my_images", given=[])
    message = refusal("load it with given='caption'", genwright.task_of, without, "match")
    genwright.task_of(genwright.load_data("my_images", **keywords(r"given='caption'", message)), "match")


@follows("pass given={…: ...}", "use estimate='mean'", "only `complete` takes images with holes, with known= False")
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


@follows("sample that many at random (shuf -n …)")
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


@follows("`genwright sample RUN --keep-rules` samples only rows")
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


# ---------------------------------------------------------------------- what a call says of its keywords


@dataclass(frozen=True)
class Call:
    """says: a part of the message. of: what is called, made in the folder of `places`. named: its keywords, of which
    the last is wrong."""

    says: str
    of: Callable[[Places], Callable]
    named: dict


def keywords_out(named: dict, message: str) -> dict:
    """named without what the message says to leave out: keywords, or one name of those that are given."""
    if found := re.search(r"leave '?(\w+)'? out of (?:given|what is given)", message):
        return named | {"given": [name for name in named["given"] if name != found[1]]}
    words = re.search(r"leave (?:the )?(.*?),? out\b", message)[1]
    if words == "one of the two":
        words = [*named][-1]
    left_out = {name for name in named if re.search(rf"\b{name}\b", words) or name == words.replace(" ", "_")}
    assert left_out, message
    return {name: value for name, value in named.items() if name not in left_out}


def first_of_list(named: dict, message: str) -> dict:
    """named with the first of a list in the place of the last value, or of the last in it."""
    first = re.search(r"(?:choose|use|name) one of '?([\w-]+(?: \w+)*)", message)[1]
    name, wrong = [*named.items()][-1]
    return named | {name: {**wrong, [*wrong][-1]: first} if isinstance(wrong, dict) else first}


def loading(source: str) -> Callable[[Places], Callable]:
    return lambda places: partial(genwright.load_data, source)


def fitting(*of: str) -> Callable[[Places], Callable]:
    return lambda places: partial(genwright.fit, *of, steps=2, progress=False)


def verb(name: str, of: str) -> Callable[[Places], Callable]:
    return lambda places: getattr(genwright.load_model(places[of]), name)


def repeating(places: Places) -> Callable:
    return partial(genwright.fit, "penguins.csv", replay=places["tables"], progress=False)


def continuing(places: Places) -> Callable:
    return partial(genwright.fit, "penguins.csv", parent=places["tables"], steps=2, progress=False)


def comparing(*of: Any, **named: Any) -> Callable[[Places], Callable]:
    return lambda places: partial(genwright.compare, *of, progress=False, out=places["out"], **named)


NUMBERS = np.random.default_rng(0).normal(size=(30, 2))


def sampling(places: Places) -> Callable:
    return genwright.Generator(family="independent").fit(NUMBERS).sample


LINES = ["anna", "berta", "dan", "eve", "finn"] * 4
RANKED = {"best_of": 2, "rerank": "a run"}
CALLS = (
    Call("…=… is unknown: choose one of …", loading("mols.smi"), {"salts": "none"}),
    Call("an index is kept of a folder of images: leave index out for other data",
         lambda places: partial(genwright.load_model(places["matched"]).search, np.load("x.npz")["x"], "a cat"),
         {"index": "kept.npz"}),
    Call("among is for predictors that match images, and this one is of …: leave among out",
         lambda places: partial(genwright.load_model(places["measured"]).predict, ["CCO"]), {"among": ["a cat"]}),
    Call("leave the device out", lambda places: partial(genwright.load_model, places["tables"]), {"device": "cuda"}),
    Call("… takes no …: …; leave … out", verb("sample", "tables"), {"n": 2, "steps": 5}),
    Call("sheet is for an Excel workbook, and … is none: leave sheet out", loading("penguins.csv"), {"sheet": "cells"}),
    Call("header_row is for workbooks and .csv files, and … is none: leave header_row out", loading("penguins.parquet"),
         {"header_row": 1}),
    Call("… has no sheet '…': name one of …, or its number from 1", loading("book.xlsx"), {"sheet": "none"}),
    Call("… is an option for tables, and … is a graph: leave … out", loading("karate-club"), {"drop": ["club"]}),
    Call("column is an option for tables, and … holds …: leave column out", loading("x.npz"), {"column": "said"}),
    Call("leave nodes out, or name a list of edges", loading("karate-club"), {"nodes": "nodes.csv"}),
    Call("name its table of nodes too, or leave directed out", loading("penguins.csv"), {"directed": True}),
    Call("name that table with nodes, or leave target out", loading("karate-club"), {"target": "club"}),
    Call("leave kind out, or name other data", loading("x.npz"), {"kind": "points"}),
    Call("… holds …, and … is for …: leave … out", loading("x.npz"), {"windows": 8}),
    Call("name a property with target, or leave … out", loading("mols.smi"), {"bounds": "drop"}),
    Call("holds molecules, which carry nothing else: leave given out", loading("mols.smi"), {"given": ["y"]}),
    Call("to condition on: leave given out", loading("molecules.xyz"), {"given": ["energy"]}),
    Call("leave one of the two out", loading("assay.csv"), {"target": "active", "given": ["y"]}),
    Call("correct the name, or leave … out of given", loading("lost_edits"), {"given": ["caption", "before"]}),
    Call("is not known: use one of …", loading("edges.csv"), {"nodes": "nodes.csv", "types": {"age": "colour"}}),
    Call("is unknown: use one of …", loading("penguins.csv"), {"types": {"year": "colour"}}),
    Call("holds lines of text, which carry nothing else: leave given out", loading("names.txt"), {"given": ["y"]}),
    Call("leave symbols out, or give lines", loading("book.txt"), {"windows": 16, "symbols": "words"}),
    Call("… is not a known value of '…': use one of …", verb("sample", "given"), {"n": 2, "given": {"species": "Emu"}}),
    Call("named by target, is not modelled: name one of …",
         lambda places: partial(tables.Suite, genwright.load_data("penguins.csv")), {"target": "beak"}),
    Call("loss = … does not fit variant = bidirectional: choose one of …", fitting("x.npz", "gan"),
         {"hyperparameters": {"variant": "bidirectional", "loss": "least-squares"}}),
    Call("no family … for …: …choose one of …", lambda places: registry.row,
         {"kind": "tables", "task": "generate", "family": "zzz"}),
    Call("no task … is for …: choose one of …", lambda places: registry.task_data,
         {"kind": "graph", "task": "recommend"}),
    Call("leave the preset … out", fitting("x.npz", "wgan-gp"), {"preset": "small"}),
    Call("leave … out of what is given, or take one of …",
         lambda places: lambda given: fitting(genwright.load_data("my_edits", given=given), "vae")(places)(),
         {"given": ["caption", "before"]}),
    Call("a replay repeats the settings of its run: leave … out", repeating, {"preset": "tiny"}),
    Call("a replay begins where its run began: leave parent out", repeating, {"parent": "runs/tables"}),
    Call("leave the family out to replay it", repeating, {"family": "flow"}),
    Call("a run that begins from another has its hyperparameters and its codec: leave … out", continuing,
         {"preset": "tiny"}),
    Call("leave codec out", lambda places: fitting("x.npz", "vae")(places), {"codec": "nowhere"}),
    Call("is a number of the codec, which … brings: leave … out",
         lambda places: lambda **sizes: fitting("x.npz", "vq-vae")(places)(
             codec=places["codec"], hyperparameters=sizes),
         {"halvings": 2}),
    Call("is no folder with a table of captions, whose columns captions names: leave captions out", loading("x.npz"),
         {"captions": {"text": 1.0}}),
    Call("has no table of captions, and captions names its columns …: write metadata.csv with them, or leave captions",
         loading("my_images"), {"captions": {"text": 1.0}}),
    Call("a run that begins from another has its towers: leave match out", continuing, {"match": "runs/matched"}),
    Call("holds a run of …, not …: leave the family out", continuing, {"family": "flow"}),
    Call("previews must be between 1 and … items, not …: leave previews out", fitting("penguins.csv", "vae"),
         {"out": "runs/shown", "previews": 9_999}),
    Call("previews are written into the run folder: name out, or leave previews out", fitting("penguins.csv", "vae"),
         {"previews": 2}),
    Call("… draws no samples to look at: leave previews out", fitting("karate-club", "gcn"),
         {"out": "runs/unseen", "previews": 2}),
    Call("name its parent, or leave pace out", fitting("penguins.csv", "vae"), {"pace": 0.5}),
    Call("a … takes no labels: leave y out", lambda places: genwright.Generator("n-gram").fit,
         {"X": LINES, "y": np.arange(20) % 2}),
    Call("leave y out, or fit it with y", sampling, {"n_samples": 2, "y": np.zeros(2)}),
    Call("leave keep_rules, unique and novel out",
         lambda places: partial(verb("sample", "steps")(places), start=pd.read_csv("penguins.csv")[:2]),
         {"n": 4, "unique": True}),
    Call("so no draw fits one better: leave best_of and rerank out", verb("sample", "tables"), {"n": 2, **RANKED}),
    Call("as sample alone does: leave best_of and rerank out", verb("complete", "tables"),
         {"x": pd.DataFrame({"species": ["Adelie", None]}), **RANKED}),
    Call("leave keep_rules, or unique and novel, out", verb("sample", "copies"),
         {"n": 2, "keep_rules": True, "unique": True}),
    Call("leave estimate out", verb("complete", "points"),
         {"x": [(["O"], np.zeros((1, 3)))], "estimate": "mean"}),
    Call("so leave known out",
         lambda places: partial(verb("log_prob", "steps")(places), pd.read_csv("penguins.csv")[:2]),
         {"known": np.ones((2, 4), bool)}),
    Call("choose one of … for these data", lambda places: partial(genwright.task_of, "karate-club"),
         {"task": "recommend"}),
    Call("no task is called …: choose one of …", lambda places: partial(genwright.task_of, "karate-club"),
         {"task": "zzz"}),
    Call("leave more_minutes out", lambda places: comparing("penguins.csv", replay=places["comparison"])(places),
         {"more_minutes": 0.002}),
    Call("leave more minutes out, or name its folder",
         comparing("penguins.csv", families=["copula"], minutes=0.002), {"more_minutes": 0.002}),
    Call("leave target out", comparing("names.txt", families=["n-gram"], minutes=0.002), {"target": "y"}),
    Call("nothing was measured for …: choose one of …",
         lambda places: genwright.load_comparison(places["comparison"]).best, {"criterion": "beauty"}),
)  # fmt: skip
FOLLOWED += [call.says for call in CALLS]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.says)
def test_a_remedy_of_a_keyword_works(call, places, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    places["out"] = str(tmp_path / "out")
    function, follow = call.of(places), keywords_out if "leave" in call.says else first_of_list
    function(**follow(call.named, refusal(call.says, function, **call.named)))


@follows("ends in ……: leave … out, … says it")
def test_a_mark_can_be_left_out_of_a_line(places):
    complete = genwright.load_model(places["text"]).complete
    mark = re.search(r"leave (\S) out", refusal("ends in …: leave … out, … says it", complete, ["mi_*"]))[1]
    complete(["mi_*".replace(mark, "")])


# ---------------------------------------------------------------------- all that there are

MODULES = [path for path in sorted(SOURCE.rglob("*.py")) if "contract" not in path.parts]
ELSEWHERE = {  # part of a string that no case provokes: why
    "the string model wrote no new molecule within the limits": "needs a model that writes no molecules",
    "leave … out, or train it with --ensemble on more": "tests/designing/test_wants.py follows it",
    "fill its column score, then pass it to --tell": "tests/designing/test_laboratory.py follows it",
    "run genwright design with --ask again": "needs a file that a person changed",
    "start molecules gave no new molecule within the limits": "takes twenty thousand attempts",
    "\n    Example: genwright ": "help of a command, whose examples tests of the command line read",
    "unless you pass --device cpu": "needs a GPU",
    "open the run with device='cpu'": "needs a GPU",
    "every mark for an open end is a character of this text": "needs a text with every mark",
    "--set free_bits=2.0": "a part of the message about NAME=VALUE",
    "--captions short=0.05,long=0.95": "a part of the message about NAME=VALUE",
    "name a partition that `sinfo` lists, as in --slurm partition=cpu": "needs Slurm",
    "<tr><th ": "HTML",
    "fill-rule:evenodd": "a pattern of SVG",
    "unknown kind of likelihood …: use one of …": "for authors of families alone",
    "unknown measure …: use one of …": "for authors of families alone",
    "no kind of data is called …: choose one of …": "for authors of families alone; a family that is registered stays",
    "more_minutes go to the families of a comparison one after another: leave workers out": "needs a comparison",
    "takes no notice of …: leave given out": "a fit refuses such conditions before a run has them",
    "leave weights out, or shift them": "an edit of the data",
    "leave the split out to draw one": "an edit of the data",
    "processes were started already: leave --processes out": "needs another launcher",
    "processes were started already: leave --workers out": "needs another launcher",
    "only minutes say how long a job takes: pass --minutes": "needs Slurm",
    "was begun in one process: leave --workers out": "tests/cli/test_ensemble_commands.py follows it",
    "train apart: add --workers 1 to resume them": "tests/cli/test_ensemble_commands.py follows it",
    "or add --processes-changed": "needs several processes: tests/training/test_processes.py follows it",
    "is free on …: name another with --port": "needs twenty ports that are taken",
    "add --token-file, a file with at least": "starts a server: tests/studio/test_server.py follows it",
    "only sound and music go on from their first part": "a message of a page, which offers it for no other data",
    "only images, sound and music are completed here": "a message of a page, which offers it for no other data",
    "predicts and does not generate: use": "a message of a page, which offers no such button for predictors",
    "the images are too large for a page": "needs images of thousands of pixels",
}


def messages(tree: ast.Module) -> Iterator[str]:
    """The strings of a module, but for help texts."""
    is_help = lambda node: isinstance(node, ast.keyword) and node.arg in ("help", "epilog")
    helps = {part for node in ast.walk(tree) if is_help(node) for part in ast.walk(node)}
    yield from (string for node, string in strings(tree, FILLED) if node not in helps)


def test_every_remedy_to_type_is_followed():
    paths = [path for path in MODULES if not str(path).endswith(HELP)]
    every = {string: path for path in paths for string in messages(ast.parse(path.read_text()))}
    typed = [
        string
        for string in every
        if " " in string.strip() and any(re.search(form, string) for form in REMEDIES.values())
    ]
    known = [*FOLLOWED, *ELSEWHERE]
    unknown = [string for string in typed if not any(says in string for says in known)]
    assert not unknown, "\n".join(f"{every[string].relative_to(SOURCE)}: {string}" for string in unknown)
    assert not [says for says in known if not any(says in string for string in every)]
