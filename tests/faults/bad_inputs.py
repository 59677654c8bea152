"""The table of what people get wrong: (what, files to make, command, words expected on stderr, exit code).

Files are {name: content}: None is an empty folder, text and bytes are written as they are, a callable writes itself.
`pictures` and `table` are run folders of tiny models, `seen.csv` is the table that the latter was trained on.
"""

from __future__ import annotations

import json
import pickle

import numpy as np
from bad_files import (
    Case,
    changed,
    escaping,
    flipped,
    folder_with,
    half,
    later,
    lines_of,
    noise,
    npy,
    npz,
    objects,
    png,
    rows,
    vast_png,
    with_nan,
    without,
)
from bad_inputs_captions import CAPTIONS
from bad_inputs_formats import MORE
from bad_inputs_graphs import GRAPHS
from bad_inputs_molecules import MOLECULES
from made_results import made

OTHER = json.dumps({**made(), "data": {**made()["data"], "name": "other", "source": "digits"}})
GOOD = rows(60)


def stage(line: str):
    """A config.toml that records a stage with that line."""
    return lambda config: (
        config.replace(b"stages = []", b"")
        + f'\n[[stages]]\nname = "fit"\n{line}\nbf16 = false\nwarmup = 1\nitems = 1\nend = 1\n'.encode()
    )


PICTURES = [
    Case("an empty folder", {"empty": None}, "fit empty", "empty holds no PNG or JPEG|put them there"),
    Case(
        "a folder without images",
        {"texts/a.txt": "a", "texts/b.pdf": b"%PDF"},
        "fit texts",
        "texts holds no PNG or JPEG",
    ),
    Case(
        "a PNG cut short",
        folder_with("cut.png", half(png(64, 64))),
        "fit pets",
        "pets/cut.png|damaged or cut short|remove it",
    ),
    Case("100 megapixels", folder_with("vast.png", vast_png()), "fit pets", "pets/vast.png has 100 megapixels|smaller"),
    Case(
        "text that is called .png",
        folder_with("note.png", "hello"),
        "fit pets",
        "pets/note.png is not a PNG or JPEG image|remove it",
    ),
    Case("an image too small", folder_with("dot.png", png(4, 4)), "fit pets", "pets/dot.png|4 x 4|8"),
    Case("a single image", {"one.png": png(16, 16)}, "fit one.png", "one.png is one image|folder"),
    Case(
        "two images",
        {"pets/a.png": png(16, 16), "pets/b.png": png(16, 16, 1)},
        "fit pets",
        "pets holds 2 items|at least 10",
    ),
    Case(
        "images beside labelled folders",
        folder_with("cat/a.png", png(12, 12)),
        "fit pets",
        "pets holds|beside labelled",
    ),
    Case(
        "NaN in images", {"x.npy": npy(with_nan(noise((20, 8, 8)), np.nan))}, "fit x.npy", "x.npy|NaN|replace or drop"
    ),
    Case(
        "infinity in images",
        {"x.npy": npy(with_nan(noise((20, 8, 8)), np.inf))},
        "fit x.npy",
        "x.npy|infinite|replace",
    ),
    Case(
        "floats of an ambiguous range",
        {"x.npy": npy(noise((20, 8, 8)) * 16)},
        "fit x.npy",
        "x.npy|ambiguous range|divide",
    ),
    Case("floats around zero", {"x.npy": npy(noise((20, 8, 8)) * 2 - 1)}, "fit x.npy", "x.npy|ambiguous|(x + 1) / 2"),
    Case(
        "too many dimensions",
        {"x.npy": npy(noise((20, 2, 8, 8, 3)))},
        "fit x.npy",
        "x.npy|(20, 2, 8, 8, 3)|(n, H, W, C)",
    ),
    Case("channels first", {"x.npy": npy(noise((20, 3, 8, 8)))}, "fit x.npy", "x.npy|np.moveaxis"),
    Case(
        "a pickle that is called .npy", {"x.npy": objects}, "fit x.npy", "x.npy holds Python objects|allow_pickle=False"
    ),
    Case(
        "an array cut short",
        {"x.npy": half(b"\x93NUMPY\x01\x00v\x00{'descr'")},
        "fit x.npy",
        "x.npy|damaged|write it again",
    ),
    Case("a zip that escapes", {"x.npz": escaping}, "fit x.npz", "x.npz holds '../../escaped|write it again"),
    Case(
        "an array of a name that escapes",
        {"x.npz": npz(**{"../x": noise((20, 8, 8))})},
        "fit x.npz",
        "x.npz holds '../x', which points out of its folder|write it again",
    ),
    Case(
        "a zip of images",
        {"pets.zip": escaping},
        "fit pets.zip",
        "pets.zip is of a kind that genwright does not know|Folders may hold PNG",
    ),
    Case("an npz without images", {"x.npz": npz(a=np.zeros(3), b=np.ones(4))}, "fit x.npz", "x.npz holds a, b|'x'"),
    Case(
        "labels of another number",
        {"x.npz": npz(x=noise((20, 8, 8)), y=np.arange(7))},
        "fit x.npz",
        "x.npz|(7,)|20 items",
    ),
    Case("columns of images", {}, "fit digits --drop height", "digits holds images|drop is for|leave drop out"),
    Case("images have one variable", {}, "fit digits --given colour", "digits has no variable 'colour'|'label'"),
]
TABLES = [
    Case(
        "a ragged table",
        {"t.csv": lines_of(GOOD, (5, "1.5,2"))},
        "fit t.csv",
        "line 5 of 't.csv' has 2 cells|correct that line",
    ),
    Case(
        "two columns of one name",
        {"t.csv": "a,b,a\n1,2,3\n" * 20},
        "fit t.csv",
        "t.csv|more than one column named 'a'|rename",
    ),
    Case("an empty column", {"t.csv": "a\n" + "NA\n" * 30}, "fit t.csv", "t.csv: no column of the table is left|types"),
    Case("one row", {"t.csv": rows(1)}, "fit t.csv", "t.csv holds 1 item: at least 10"),
    Case("no rows", {"t.csv": rows(0)}, "fit t.csv", "'t.csv' has a line of column names and no rows|at least one"),
    Case("an empty file", {"t.csv": ""}, "fit t.csv", "'t.csv' is empty|column names and rows"),
    Case("binary that is called .csv", {"t.csv": bytes(range(256)) * 9}, "fit t.csv", "'t.csv' is not a text file|CSV"),
    Case(
        "a damaged .csv.gz", {"t.csv.gz": b"\x1f\x8b\x08broken"}, "fit t.csv.gz", "'t.csv.gz' is cut short or damaged"
    ),
    Case(
        "an infinite number",
        {"t.csv": lines_of(GOOD, (9, "inf,1,oak,N"))},
        "fit t.csv",
        "t.csv: column 'height'|finite|correct it",
    ),
    Case(
        "an infinite array", {"x.npy": npy(with_nan(noise((40, 3)), np.inf))}, "fit x.npy", "x.npy|infinite|NaN where"
    ),
    Case("no dates", {"t.csv": GOOD}, "fit t.csv --types height=date", "t.csv: column 'height' holds '|not all dates"),
    Case(
        "an unknown column's kind",
        {"t.csv": GOOD},
        "fit t.csv --types ring=number",
        "column 'ring'|did you mean 'rings'?",
    ),
    Case(
        "an unknown kind",
        {"t.csv": GOOD},
        "fit t.csv --types rings=colour",
        "'colour' of column 'rings'|use one of number",
    ),
    Case(
        "a kind without its column",
        {"t.csv": GOOD},
        "fit t.csv --types number",
        "'number' is not of the form NAME=VALUE|zip=category",
    ),
    Case(
        "words taken for numbers",
        {"t.csv": GOOD},
        "fit t.csv --types tree=number",
        "column 'tree' holds 'oak'|correct it",
    ),
    Case(
        "an unknown column dropped",
        {"t.csv": GOOD},
        "fit t.csv --drop tre",
        "column 'tre', named by drop|did you mean 'tree'?",
    ),
    Case("every column dropped", {"t.csv": GOOD}, "fit t.csv --drop height,rings,tree,side", "no column|drop fewer"),
    Case(
        "an unknown column given",
        {"t.csv": GOOD},
        "fit t.csv --given colour",
        "column 'colour'|height, rings, tree, side",
    ),
    Case("every column given", {"t.csv": GOOD}, "fit t.csv --given height,rings,tree,side", "no column|all are given"),
]
FIT = [
    Case(
        "an unknown name",
        {},
        "fit digit",
        "'digit' is neither a file nor a folder nor named data|did you mean 'digits'",
    ),
    Case("no data", {}, "fit", "fit needs DATA|genwright fit digits"),
    Case(
        "an unknown kind of file",
        {"t.docx": b"PK"},
        "fit t.docx",
        "t.docx is of a kind that genwright does not know|.csv",
    ),
    Case(
        "an unknown family",
        {"t.csv": GOOD},
        "fit t.csv --family vea",
        "no family is called 'vea'|did you mean vae?",
    ),
    Case(
        "a family of other data",
        {"t.csv": GOOD},
        "fit t.csv --family class-gaussian",
        "'class-gaussian' for tables|copula",
    ),
    Case(
        "an unknown preset", {"t.csv": GOOD}, "fit t.csv --family vae --preset huge", "no preset 'huge'|choose one of"
    ),
    Case("no time", {"t.csv": GOOD}, "fit t.csv --minutes 0 --out new", "minutes must be above 0, not 0"),
    Case("less than no time", {"t.csv": GOOD}, "fit t.csv --minutes -3 --out new", "minutes must be above 0, not -3"),
    Case(
        "time that is no number",
        {"t.csv": GOOD},
        "fit t.csv --minutes nan --out new",
        "minutes must be above 0, not nan",
    ),
    Case("words for time", {"t.csv": GOOD}, "fit t.csv --minutes ten --out new", "'--minutes'|valid number|fit --help"),
    Case("no items", {"t.csv": GOOD}, "fit t.csv --items 0 --out new", "items must be above 0, not 0"),
    Case(
        "two budgets",
        {"t.csv": GOOD},
        "fit t.csv --minutes 1 --steps 5 --out new",
        "minutes and steps are two budgets|one of them",
    ),
    Case("an unknown option", {}, "fit digits --minuts 2", "--minuts|--minutes|fit --help"),
    Case("an unknown command", {}, "train digits", "'train'|genwright --help"),
    Case(
        "no room for a folder",
        {"file": "x", "t.csv": GOOD},
        "fit t.csv --family copula --out file",
        "file is a file: choose a folder",
    ),
    Case(
        "a file for a parent",
        {"file": "x", "t.csv": GOOD},
        "fit t.csv --family copula --out file/new",
        "file/new|choose another",
    ),
    Case(
        "a folder of other things",
        {"mine/letter.txt": "x"},
        "fit digits --items 600 --out mine",
        "mine holds other things (letter.txt)|choose an empty folder",
    ),
    Case(
        "another run in the folder",
        {},
        "fit digits --family vae --preset tiny --items 900 --out pictures",
        "pictures holds another run|items: 600 there, 900 now|restart",
    ),
    Case(
        "another preset in the folder",
        {},
        "fit digits --family vae --items 600 --out pictures",
        "pictures holds another run|there|more|restart",
    ),
    Case(
        "another seed in the folder",
        {},
        "fit digits --family vae --preset tiny --items 600 --seed 1 --out pictures",
        "pictures holds another run|seed: 0 there, 1 now|data: ",
    ),
    Case(
        "a replay with a budget",
        {},
        "fit digits --replay pictures --items 5",
        "--replay repeats the settings of pictures|leave --items out",
    ),
    Case(
        "a replay on other data",
        {"t.csv": GOOD},
        "fit t.csv --replay pictures",
        "pictures was trained on other data (digits)",
    ),
    Case(
        "a replay of an unfinished run",
        changed("pictures", "config.toml", lambda data: data.split(b"[outcome]")[0]),
        "fit digits --replay mine",
        "mine has not ended|run it to its end",
    ),
    Case(
        "a replay of another family",
        {},
        "fit digits --family flow --replay pictures",
        "pictures trained vae, not flow|leave the family out",
    ),
]
RUNS = [
    Case("no such run", {}, "sample nowhere", "nowhere is not a run, since it is no folder"),
    Case(
        "a folder that is no run",
        {"mine/a.txt": "a"},
        "sample mine",
        "mine is not a run, since it holds no config.toml",
    ),
    Case("a file that is no run", {"mine": "a"}, "sample mine", "mine is not a run, since it is no folder"),
    Case(
        "weights cut short",
        changed("pictures", "weights.safetensors", half),
        "sample mine",
        "mine/weights.safetensors is damaged|copy it again",
    ),
    Case(
        "weights with a flipped bit",
        changed("pictures", "weights.safetensors", flipped),
        "sample mine",
        "mine/weights.safetensors is corrupted|checksum",
    ),
    Case(
        "a pickle for weights",
        changed("pictures", "weights.safetensors", lambda _: pickle.dumps([1])),
        "sample mine",
        "mine/weights.safetensors is a pickle|never opened",
    ),
    Case(
        "empty weights",
        changed("pictures", "weights.safetensors", lambda _: b""),
        "sample mine",
        "mine/weights.safetensors is damaged",
    ),
    Case(
        "no weights",
        without("pictures", "weights.safetensors"),
        "sample mine",
        "mine holds a run that has ended, and no weights.safetensors|let the same fit make them again",
    ),
    Case(
        "config.toml cut short",
        changed("pictures", "config.toml", lambda d: d[:100]),
        "sample mine",
        "mine/config.toml is damaged",
    ),
    Case(
        "a format of the future",
        changed("pictures", "config.toml", later),
        "sample mine",
        "mine has format 93, not 3|fit the model again with `genwright fit`",
    ),
    Case(
        "a hundred thousand threads",
        changed("table", "config.toml", stage("threads = 100000")),
        "sample mine --out s.csv",
        "mine/config.toml is damaged (stages.0.threads: 100000 is greater than the maximum of 1024)",
    ),
    Case(
        "a network of a billion",
        changed("pictures", "config.toml", lambda d: d.replace(b"channels = 8", b"channels = 1000000000")),
        "sample mine",
        "mine cannot be opened|channels = 1000000000 of vae must be a whole number, at least 1 and at most 16,384",
    ),
    Case(
        "a network far larger than its weights",
        changed("pictures", "config.toml", lambda d: d.replace(b"channels = 8", b"channels = 3000")),
        "sample mine",
        "mine cannot be opened|a network larger than weights.safetensors",
    ),
    Case(
        "a seed of words",
        changed("pictures", "config.toml", lambda d: d.replace(b"seed = 0", b'seed = "0"')),
        "sample mine",
        "mine/config.toml is damaged (seed: '0' is not of type 'integer')|copy it again",
    ),
    Case(
        "a seed beyond all numbers",
        changed("pictures", "config.toml", lambda d: d.replace(b"seed = 0", b"seed = " + b"9" * 400)),
        "sample mine",
        "mine/config.toml is damaged (seed: 999",
    ),
    Case(
        "labels that are numbers of labels",
        changed("pictures", "domain.json", lambda d: d.replace(b'"labels": [', b'"labels": [[],', 1)),
        "sample mine",
        "mine/domain.json is damaged (labels.0: [] is not of type",
    ),
    Case(
        "fewer labels than codes",
        changed("table", "domain.json", lambda d: d.replace(b'"S",', b"", 1)),
        "sample mine --out s.csv",
        "mine cannot be opened, since config.toml or domain.json is damaged",
    ),
    Case(
        "a file's form in no encoding that is known",
        changed("table", "domain.json", lambda d: d.replace(b'"encoding": "utf-8"', b'"encoding": "rot13"')),
        "sample mine --out s.csv",
        "mine/domain.json is damaged (written.encoding: 'rot13' is not one of",
    ),
    Case(
        "words for missing that are none",
        changed("table", "domain.json", lambda d: d.replace(b'"given"', b'"missing": {"a": ["?", []]}, "given"', 1)),
        "sample mine --out s.csv",
        "mine/domain.json is damaged (missing.a.1: [] is not of type",
    ),
    Case(
        "identifiers of no kind",
        changed("table", "domain.json", lambda d: d.replace(b'"given"', b'"identifiers": {"a": {}}, "given"', 1)),
        "sample mine --out s.csv",
        "mine/domain.json is damaged (it lacks identifiers.a.kind",
    ),
    Case(
        "brackets in brackets",
        changed("pictures", "domain.json", lambda d: b"[" * 200_000),
        "sample mine",
        "mine/domain.json is damaged (brackets within brackets, more than 64 deep|copy the whole run again",
    ),
    Case(
        "a replay of numbers that build nothing",
        changed("pictures", "config.toml", lambda d: d.replace(b"channels = 8", b"channels = -8")),
        "fit digits --replay mine",
        "channels = -8 of vae must be",
    ),
    Case(
        "a run that leads to itself", {"mine": lambda path: path.symlink_to("mine")}, "sample mine", "mine is not a run"
    ),
    Case(
        "no domain.json",
        without("pictures", "domain.json"),
        "sample mine",
        "mine holds no domain.json|copy the whole run again",
    ),
    Case(
        "domain.json cut short",
        changed("pictures", "domain.json", half),
        "sample mine",
        "mine/domain.json is damaged|copy the whole run again",
    ),
    Case("an unknown label", {}, "sample pictures --given label=cat", "label 'cat' is unknown|it knows 0, 1, 2"),
    Case(
        "a given without a value", {}, "sample pictures --given label", "'label' is not of the form NAME=VALUE|label=3"
    ),
    Case(
        "a given named twice", {}, "sample pictures --given label=1 --given label=2", "'label' is named twice|one value"
    ),
    Case("an unknown given", {}, "sample pictures --given colour=red", "'colour'|trained with label"),
    Case(
        "an unknown value of a column",
        {},
        "sample table --given side=W --out s.csv",
        "'W' is not a known value of 'side'|use one of 'S', 'N'",
    ),
    Case(
        "a column of the table itself",
        {},
        "sample table --given tree=oak --out s.csv",
        "'tree' is not a given variable|complete",
    ),
    Case("none at all", {}, "sample pictures -n 0", "n must be at least 1|not 0"),
    Case("fewer than none", {}, "sample pictures -n -4", "n must be at least 1|not -4"),
    Case("more than any machine holds", {}, f"sample pictures -n {10**30}", "GiB at least|sample fewer"),
    Case("more new ones than any holds", {}, f"sample pictures -n {10**30} --unique", "items take|sample fewer"),
    Case("guidance that is no number", {}, "sample pictures --guidance nan", "guidance must be a finite number"),
    Case(
        "an edit of no strength",
        {},
        "edit pictures digits --with digits --without digits --strength nan",
        "strength must be a finite number, not nan",
    ),
    Case(
        "an edit by nothing",
        {},
        "edit pictures digits --with digits",
        "an edit needs --with and --without|--source and --target",
    ),
    Case(
        "an edit by other data",
        {"seen.csv": GOOD},
        "edit pictures digits --with seen.csv --without digits",
        "seen.csv",
    ),
    Case("an image of a kind unknown", {}, "sample pictures --out new.bmp", "new.bmp|use .png, .npz, or a folder"),
    Case("a table of a kind unknown", {}, "sample table --out new.ods", "'new.ods'|.csv, .csv.gz, .npz"),
    Case(
        "samples below a file",
        {"file": "x"},
        "sample pictures --out file/new.png",
        "cannot write file/new.png|choose another place",
    ),
    Case("a folder in use", {"new/a.txt": "a"}, "sample pictures --out new", "new exists already|choose another name"),
]
SCORES = [
    Case(
        "images of another size",
        {"x.npy": npy(noise((5, 9, 9)))},
        "log-prob pictures x.npy",
        "x.npy: the images have shape (5, 9, 9)|(n, 8, 8, 1)",
    ),
    Case(
        "images of an unknown label",
        {"x.npz": npz(x=noise((3, 8, 8)), label=np.array([1, 2, 77]))},
        "log-prob pictures x.npz",
        "x.npz: label 77 is unknown|it knows 0, 1, 2",
    ),
    Case("a table for images", {"t.csv": GOOD}, "log-prob pictures t.csv", "t.csv holds no images|.npz"),
    Case("images for a table", {}, "log-prob table digits", "digits holds images|trained on a table"),
    Case(
        "a file that isn't there",
        {},
        "log-prob table none.csv",
        "'none.csv' is neither a file nor a folder|check the path",
    ),
    Case(
        "a column too few", {"t.csv": "height,rings\n1.5,2\n"}, "log-prob table t.csv", "column 'tree'|not in the table"
    ),
    Case(
        "words in a number's column",
        {"t.csv": "height,rings,tree,side\n1.5,many,oak,N\n"},
        "log-prob table t.csv",
        "t.csv: column 'rings' holds 'many'|correct it",
    ),
    Case("a likelihood of a kind unknown", {}, "log-prob pictures digits --out lp.npz", "lp.npz|.csv"),
    Case("no likelihood", {}, "log-prob copies seen.csv", "bootstrap cannot log-prob|families that can: vae, flow"),
    Case("no draws", {}, "log-prob pictures digits --draws 0", "'--draws'|log-prob --help"),
    Case("a hole in nothing", {"t.csv": "a,b\n1,2\n"}, "complete table t.csv", "none of the model's columns|height"),
    Case(
        "an image without its mask",
        {"x.npz": npz(x=noise((5, 8, 8)))},
        "complete pictures x.npz",
        "x.npz: images need `known`|bool",
    ),
    Case(
        "a mask of another shape",
        {"x.npz": npz(x=noise((5, 8, 8)), known=np.ones((4, 4), bool))},
        "complete pictures x.npz",
        "known has shape (4, 4)",
    ),
    Case(
        "a mask that isn't bool",
        {"x.npz": npz(x=noise((5, 8, 8)), known=noise((8, 8)))},
        "complete pictures x.npz",
        "known holds float64|bool",
    ),
    Case("an unknown estimate", {}, "complete table seen.csv --estimate median", "'median' is unknown|mean"),
    Case("a family that can't complete", {}, "complete copies seen.csv", "bootstrap cannot complete|families that can"),
]
REPORTS = [
    Case("an empty folder to report", {"empty": None}, "report empty", "nothing to report in empty|results.json"),
    Case("no folder to report", {}, "report nowhere", "nothing to report in nowhere"),
    Case("results that are not JSON", {"c/results.json": "{"}, "report c", "c/results.json is damaged|again"),
    Case(
        "results without rows",
        {"c/results.json": '{"format": 3}'},
        "report c",
        "c/results.json is damaged (it lacks study)|again",
    ),
    Case(
        "results of an older format",
        {"c/results.json": '{"format": 2}'},
        "report c",
        "c/results.json is not a results file of format 3|run the study again",
    ),
    Case(
        "a replay of what is no comparison",
        {"c/results.json": json.dumps({**made(), "study": "expressiveness", "data": None})},
        "compare --replay c",
        "c/results.json is of no comparison but of a table of expressiveness|cannot be replayed",
    ),
    Case(
        "a run's record that is no text",
        changed("pictures", "config.toml", lambda _: b"\xff\xfe"),
        "report mine",
        "mine/config.toml is damaged|fit the model anew",
    ),
    Case(
        "results of wrong types",
        {"c/results.json": json.dumps({**made(), "seed": "0"})},
        "report c",
        "c/results.json is damaged (seed: '0' is not of type 'integer')|again",
    ),
    Case(
        "results without the rows of a model",
        {"c/results.json": json.dumps({**made(), "models": [{}]})},
        "report c",
        "c/results.json is damaged (it lacks models.0.family)|again",
    ),
    Case(
        "results with options that are none",
        {"c/results.json": json.dumps({**made(), "data": {**made()["data"], "options": {"colour": 1}}})},
        "compare --replay c",
        "has an option 'colour' of its data, which is none",
    ),
    Case(
        "results of another format",
        {"c/results.json": "{}"},
        "report c",
        "c/results.json is not a results file of format 3",
    ),
    Case("nothing to compare", {}, "compare", "compare needs DATA|genwright compare digits"),
    Case("a comparison in no time", {"t.csv": GOOD}, "compare t.csv --minutes 0", "minutes must be above 0, not 0"),
    Case("a comparison of no family", {"t.csv": GOOD}, "compare t.csv --family vea", "no family is called 'vea'|vae?"),
    Case("a family and all of them", {}, "compare digits --all --family vae", "--all|--family vae|one of the two"),
    Case(
        "a target that is no column",
        {"t.csv": GOOD},
        "compare t.csv --target z",
        "'z'|target|its columns are",
    ),
    Case("a target of images", {}, "compare digits --target label", "'label'|digits is none|leave target out"),
    Case("a replay of nothing", {}, "compare --replay nowhere", "no results at nowhere|results.json"),
    Case(
        "a replay of no JSON",
        {"c/results.json": "{"},
        "compare --replay c/results.json",
        "c/results.json is damaged|again",
    ),
    Case(
        "a comparison of other data", {"c/results.json": OTHER}, "compare --replay c", "c compared other data (other)"
    ),
    Case(
        "a comparison among other things",
        {"c/a.txt": "a", "t.csv": GOOD},
        "compare t.csv --out c",
        "c holds other things (a.txt)|choose an empty folder",
    ),
]
CASES = PICTURES + TABLES + FIT + RUNS + SCORES + REPORTS + MORE + GRAPHS + MOLECULES + CAPTIONS
