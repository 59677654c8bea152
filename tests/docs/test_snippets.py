# Tests cli/parser.py
"""Every block of README.md and docs/*.md is run as a reader would, page by page, and every command is read.

`make test` runs the blocks of README.md, the tutorial and the page about a family of one's own; of all other pages it
compiles the Python and reads the commands, and `make test-docs` runs them.

A block says by its first line what it is: `python` and `bash` are run one after the other, in one folder and one
namespace a page; `python cora` where the files of Cora are at hand; `python file` is a file of the reader's, which a
test of its own writes; `py` is a signature, drawn from the code; `toml` is parsed; `text` is what a program says, or a
drawing. What a reader has by the names in the docs, `documents.py` writes.

So that all of it takes about a minute, `quick` and `smaller` make things smaller: minutes become thousandths, hundreds
of samples become four, models are tiny, a comparison has one family, one baseline and two depths and measures on few
items, few samples are searched for new ones, and data by name are small (stand_ins.py). Commands that take minutes by
their nature (LONG) are read, not run; each has a test of its own.
"""

import os
import re
import shlex
import shutil
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from documents import write_files
from forked import Forked, contract
from measuring_little import measure_little, tiny_presets
from stand_ins import stand_in

import genwright
from genwright.cli.commands import command_of, main
from genwright.cli.families import family_table
from genwright.cli.parser import Misuse
from genwright.core.errors import RunError
from genwright.studies.compare import compare_families
from genwright.zoo import registry

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
KINDS = {"python", "python cora", "python file", "py", "bash", "text", "toml"}
APART = {"tutorial.md", "convolution.md", "your-family.md"}  # pages that have tests of their own below
LONG = {  # commands of many fits, or without an end; a family that completes nothing before it has learned, and its run
    "ladder", "depth", "expressiveness", "reproduce", "studio", "serve", "decorator", "runs/deco",
    "shapes-edits", "runs/edits",
}  # fmt: skip
OTHERS = {"make", "pip", "ssh", "xargs"}  # programs that are not ours
BLOCK = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.M)
MINUTES = "0.002"
QUICKER = {"images": "vae"}  # a family in the place of the one that is trained by default


def blocks(page: Path) -> list[tuple[str, str]]:
    """(kind, content) in order."""
    return BLOCK.findall(page.read_text())


def smaller(block: str) -> str:
    """The same with little time to train, at most nine steps, and four samples or draws in the place of hundreds; 16 of
    a command, since a model that hardly trained may write four strings of which none is a molecule."""
    block = re.sub(r"(minutes[= ])[\d.]+", rf"\g<1>{MINUTES}", block)
    block = re.sub(r"(steps=)\d\d+", r"\g<1>9", block)
    block = re.sub(r"(sample\(|draws=)\d{3,}", r"\g<1>4", block)
    return re.sub(r"(-n )\d\d+", r"\g<1>16", block)


def commands(block: str) -> list[list[str]]:
    return [words for line in block.splitlines() if (words := shlex.split(line, comments=True))]


def inline(page: Path) -> list[list[str]]:
    """Commands within the text."""
    prose = BLOCK.sub("", page.read_text())
    return [
        shlex.split(found) for found in re.findall(r"`(?:[A-Z_]+=\S+ |pip [^&`]*&& )?(genwright [a-z][^`]*)`", prose)
    ]


def read_command(words: list[str]) -> None:
    """Raises Misuse for a command, an option or a value that there is not."""
    words = words[: words.index(">")] if ">" in words else words  # what follows is a file
    name, *rest = words[1:]
    if rest and rest not in (["--help"], ["--help-all"]):  # else it is only named
        command_of(name).read(rest)
    elif not name.startswith("-"):
        command_of(name)


def run_command(words: list[str]) -> None:
    read_command(words)
    if not LONG.isdisjoint(words[1:]):
        return
    words = words[: words.index(">")] if ">" in words else words
    if words[1] == "compare" and "--minutes" not in words and "--replay" not in words:
        words = [*words, "--minutes", MINUTES]
    with pytest.raises(SystemExit) as left:
        main(words[1:])
    assert left.value.code == 0, shlex.join(words)


def run_blocks(page: Path, more: tuple[str, ...] = ()) -> int:
    """Run the blocks of a page; how many there were. more: kinds that are run as well."""
    names: dict = {}
    count = 0
    for kind, block in blocks(page):
        if kind not in ("python", "bash", *more):
            continue
        count += 1
        block = smaller(block)
        try:
            if kind == "bash":
                for words in commands(block):
                    assert words[0] == "genwright" or words[0] in OTHERS, f"nobody runs {words[0]}"
                    if words[0] == "genwright":
                        run_command(words)
            else:
                exec(compile(block, f"{page.name} block {count}", "exec"), names)
        except Exception as error:
            pytest.fail(f"{page.name}, block {count}: {type(error).__name__}: {error}\n{block}")
    return count


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    write_files(folder)
    return folder


@pytest.fixture
def quick(files, tmp_path, monkeypatch):
    """A folder with what readers have, in which everything is smaller."""
    from genwright.graphs.studies import depth
    from genwright.training import budget

    families = registry.families
    one_family = lambda kind, task: [QUICKER.get(kind, registry.default_family(kind, task))]
    fewer = lambda *place, baselines=False: families(*place, baselines=baselines)[: 1 if baselines else None]
    stand_in(monkeypatch)
    monkeypatch.setattr(budget, "DEFAULT_MINUTES", float(MINUTES))
    monkeypatch.setattr(depth, "FEW_LAYERS", (1, 2))
    measure_little(monkeypatch)
    tiny_presets(monkeypatch)
    monkeypatch.setattr("genwright.core.cpu.cores", lambda: 4)
    monkeypatch.setattr("genwright.run.sampling.MAX_DRAWS_PER_ITEM", 2)  # what hardly learned draws few that are new
    for defaults in (compare_families.DEFAULTS, genwright.compare.__wrapped__.__kwdefaults__):
        monkeypatch.setitem(defaults, "minutes", float(MINUTES))
    monkeypatch.setattr(registry, "compared", one_family)
    monkeypatch.setattr(registry, "families", fewer)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is_and_every_command_can_be_read(page):
    text = page.read_text()
    assert len(re.findall(r"^```", text, re.M)) == 2 * len(blocks(page))
    for kind, block in blocks(page):
        assert kind in KINDS, f"{page.name}: ```{kind}"
        if kind == "toml":
            tomllib.loads(block)
        if kind in ("python", "python cora", "python file"):
            compile(block, page.name, "exec")
        assert kind != "text" or not re.search(r"^(genwright|make|pip) ", block, re.M), block
        if kind == "bash":
            for words in commands(block):
                if words[0] == "genwright":
                    read_command(words)
                if words[0] == "make":
                    assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.M), words
    for words in inline(page):
        read_command(words)


@pytest.mark.docs
def test_every_block_of_the_readme_runs(quick):
    run_blocks(PAGES[0])


@pytest.mark.docs
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES[1:] if page.name not in APART and {"python", "bash"} & {k for k, _ in blocks(page)}],
    ids=lambda page: page.name,
)
def test_every_block_runs(page, quick):
    run_blocks(page)


@pytest.mark.parametrize(
    "block",
    [
        "```python\nholes\n```",
        "```bash\ngenwright fit iris --family gcn --minutes 3\n```",
        "```bash\ngenwright reproduce nothing --colour red\n```",
        "```bash\ngenwrite list\n```",
        "```text\ngenwright list\n```",
        "```\nlist\n```",
        "`genwright fit digits --balanced`",
        "`pip install . && genwright comparr digits`",
    ],
)
def test_what_does_not_run_is_found(block, quick):
    page = quick / "page.md"
    page.write_text(f"Text.\n\n{block}\n")
    with pytest.raises((pytest.fail.Exception, AssertionError, Misuse)):
        run_blocks(page)
        test_every_block_says_what_it_is_and_every_command_can_be_read(page)


@pytest.mark.long
def test_the_tutorials_leave_what_they_say(quick):
    assert run_blocks(DOCS / "tutorial.md") >= 8
    assert (quick / "trees" / "report.html").exists()


@pytest.mark.docs
def test_every_block_about_convolutions_runs():
    at_hand = (Path(os.environ.get("GENWRIGHT_DATA", "")) / "planetoid" / "cora.npz").exists()
    assert run_blocks(DOCS / "convolution.md", ("python cora",) if at_hand else ()) >= 7


def write_own_family(folder: Path) -> str:
    """Writes the family of docs/your-family.md; the blocks after it, which use more doors, come back."""
    own, *more = re.findall(r"```python\n(.*?)```", (DOCS / "your-family.md").read_text(), re.S)
    (folder / "my_family.py").write_text(own)
    return "\n".join(more)


@pytest.mark.long
def test_a_family_of_ones_own_holds_the_contract(quick):
    write_own_family(quick)
    code, said = contract(quick, "import my_family", "shifted-gaussian")
    assert code == 0 and re.search(r"^\d\d passed", said, re.M), said[-3000:]


@pytest.mark.long
def test_a_family_of_ones_own_is_trained_listed_compared_and_opened(quick):
    """In a process of its own, since what is registered stays."""
    more = write_own_family(quick)

    def use() -> None:
        sys.path.insert(0, str(quick))
        exec(more, vars(import_module("my_family")))
        assert "shifted-gaussian" in family_table() and "calm" in family_table()
        genwright.fit("iris", "shifted-gaussian", items=640, out="run", progress=False)
        assert len(genwright.load_model("run").sample(3)) == 3
        families = ["shifted-gaussian"]
        done = genwright.compare("iris", minutes=0.005, families=families, out="comparison", progress=False)
        assert [row["family"] for row in done.results["models"]] == families

    errors = quick / "errors.txt"
    assert Forked(use, os.devnull, errors).wait(120) == 0, errors.read_text()
    with pytest.raises(RunError, match="'shifted-gaussian' on 'tables', .*: register the family first"):
        genwright.load_model("run")
