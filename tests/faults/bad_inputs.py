"""What people get wrong, a row for each class of mistake: the files to make, the command, the input that it names.

`pictures` (vae), `table` (copula), `copies` (bootstrap), `graph` (gcn), `matched` (clip) and `words`
(words-and-images) are run folders of tiny models, `seen.csv` is the table that `table` was trained on.
"""

import gzip
import json
from typing import NamedTuple

import numpy as np
from bad_files import (
    COUNT,
    EDGES,
    NODES,
    RUNS,
    Content,
    captioned,
    changed,
    edges,
    escaping,
    flipped,
    graph,
    half,
    idx,
    line,
    nodes,
    noise,
    npy,
    npz,
    objects,
    pets,
    png,
    replaced,
    rows,
    tu,
    vast_png,
    with_value,
)
from made_results import made

# fmt: off


class Case(NamedTuple):
    """names: what must be on stderr, separated by |."""

    what: str
    files: dict[str, Content]
    command: str
    names: str


GOOD = rows(60)
T, X, XZ = "fit t.csv", "fit x.npy", "fit x.npz"
DATED = "when,height\n" + "".join(f"2020-01-{1 + i % 28:02},{i % 9}.5\n" for i in range(60))
LATE = "year,h,kind\n" + "".join(f"{i},{i % 7}.5,{'ab'[i > 55]}\n" for i in range(60))
LEVELS = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
WIDE = ",".join(f"c{j}" for j in range(10_000)) + "\n" + 12 * (",".join("1" * 10_000) + "\n")
SMILES = "".join(f"{'C' * n}{end}\n" for n in range(1, 7) for end in ("O", "N", "c1ccccc1"))
NAMES = [f"a star of {i} points" for i in range(12)]
GRAPH, SET = "fit edges.csv --nodes nodes.csv --target kind", {
    f"set/{k}.edges": "".join(f"{i} {i + 1}\n" for i in range(k)) for k in range(1, 12)}
TINY = "fit digits --family vae --preset tiny --out pictures"


def table(text: str = GOOD) -> dict[str, Content]:
    return {"t.csv": text}


def array(x) -> dict[str, Content]:
    return {"x.npy": npy(x)}


def arrays(**x) -> dict[str, Content]:
    return {"x.npz": npz(**x)}


def results(**changes) -> dict[str, Content]:
    return {"c/results.json": json.dumps({**made().to_json(), **changes})}


def stage(line: str):
    """A config.toml that records a stage with that line."""
    more = f'\n[[stages]]\nname = "fit"\n{line}\nbf16 = false\nwarmup = 1\nitems = 1\nend = 1\n'
    return lambda config: config.replace(b"stages = []", b"") + more.encode()


IMAGES = [
    Case("nothing in a folder", {"empty": None}, "fit empty", "empty"),
    Case("other files in a folder", {"texts/a.txt": "a", "texts/b.pdf": b"%PDF"}, "fit texts", "texts"),
    Case("a PNG cut short", pets("cut.png", half(png(64, 64))), "fit pets", "pets/cut.png"),
    Case("100 megapixels", pets("vast.png", vast_png()), "fit pets", "pets/vast.png|100 megapixels"),
    Case("text that is called .png", pets("note.png", "hello"), "fit pets", "pets/note.png"),
    Case("a PCX that is called .png", pets("a.png", png(12, 12, kind="PCX")), "fit pets", "pets/a.png"),
    Case("an image too small", pets("dot.png", png(4, 4)), "fit pets", "pets/dot.png"),
    Case("two images", {"pets/a.png": png(16, 16), "pets/b.png": png(16, 16, 1)}, "fit pets", "pets"),
    Case("images beside labelled folders", pets("cat/a.png", png(12, 12)), "fit pets", "pets"),
    Case("parts for labels", {f"pets/{part}/{i}.png": png(12, 12, i) for part in ("val", "test") for i in range(6)},
         "fit pets", "pets|train"),
    Case("an option of tables", {}, "fit digits --drop height", "digits|drop"),
    Case("an unknown condition", {}, "fit digits --given colour", "digits|'colour'"),
]
ARRAYS = [
    Case("NaN in images", array(with_value(noise(20, 8, 8), np.nan)), X, "x.npy|NaN"),
    Case("infinity in rows", array(with_value(noise(40, 3), np.inf)), X, "x.npy|infinite"),
    Case("floats of an ambiguous range", array(noise(20, 8, 8) * 16), X, "x.npy"),
    Case("too many dimensions", array(noise(20, 2, 2, 8, 8, 3)), X, "x.npy|(20, 2, 2, 8, 8, 3)"),
    Case("too many channels", array(np.zeros((20, 8, 8, 4), np.uint8)), X, "x.npy"),
    Case("complex images", array(LEVELS + 1j), X, "x.npy|complex128"),
    Case("ten thousand columns", array(np.zeros((12, 10_000), np.uint8)), X, "x.npy"),
    Case("a pickle that is called .npy", {"x.npy": objects}, X, "x.npy"),
    Case("an array cut short", {"x.npy": half(b"\x93NUMPY\x01\x00v\x00{'descr'")}, X, "x.npy"),
    Case("a zip that escapes", {"x.npz": escaping}, XZ, "x.npz|'../../escaped"),
    Case("an npz cut short", {"x.npz": lambda path: (npz(x=LEVELS)(path), path.write_bytes(half(path.read_bytes())))},
         XZ, "x.npz"),
    Case("arrays of no known name", arrays(a=np.zeros(3), b=np.ones(4)), XZ, "x.npz|a, b"),
    Case("labels of another number", arrays(x=LEVELS, y=np.arange(7)), XZ, "x.npz|(7,)"),
    Case("a label for every image", arrays(x=LEVELS, y=np.arange(20)), XZ, "x.npz"),
    Case("more levels than announced", arrays(x=LEVELS, levels=17), XZ, "x.npz"),
    *(Case("a part that is one number", arrays(**{"x_train": LEVELS, "y_train": LEVELS[:, 0, 0], "x_test": LEVELS,
           "y_test": LEVELS[:, 0, 0]} | {name: np.uint8(3)}), XZ, "x.npz")
      for name in ("x_train", "y_train", "x_test", "y_test")),
    *(Case("one value beside images", arrays(**{"x": LEVELS, name: np.array("3")}), XZ, f"x.npz|{name}")
      for name in ("y", "caption")),
    Case("labels for one part only", arrays(x_train=LEVELS, y_train=np.arange(20) % 2, x_test=LEVELS), XZ, "x.npz"),
    Case("a label in the test part only",
         arrays(x_train=LEVELS, y_train=np.arange(20) % 3, x_test=LEVELS[:2], y_test=np.array([0, 7])), XZ, "x.npz|7"),
    Case("an IDX file cut short", {"x.idx": idx(LEVELS)[:-7]}, "fit x.idx", "x.idx"),
    Case("an IDX file of an unknown type", {"x.idx": b"\0\0\x0a\1" + bytes(8)}, "fit x.idx", "x.idx"),
    Case("an IDX file with more than it says", {"x.idx": idx(LEVELS) + b"more"}, "fit x.idx", "x.idx"),
    Case("an IDX file of four billion images", {"x.idx": b"\0\0\x08\3" + b"\xff" * 4 + idx(LEVELS)[8:]},
         "fit x.idx", "x.idx"),
    Case("an IDX .gz cut short", {"x-ubyte.gz": gzip.compress(idx(LEVELS))[:50]}, "fit x-ubyte.gz", "x-ubyte.gz"),
    Case("labels without images", {"x-labels-idx1-ubyte": idx(LEVELS[0, 0])}, "fit x-labels-idx1-ubyte", "x-labels"),
    Case("labels of other images beside",
         {"x-images-idx3-ubyte": idx(LEVELS), "x-labels-idx1-ubyte": idx(np.zeros(19, np.uint8))},
         "fit x-images-idx3-ubyte", "x-labels-idx1-ubyte|(19,)"),
]
TABLES = [
    Case("a ragged table", table(line(GOOD, 5, "1.5,2")), T, "'t.csv'|line 5"),
    Case("a quote that never ends", table(line(GOOD, 5, '"1.5,2,oak,N')), T, "'t.csv'"),
    Case("two columns of one name", table("a,b,a\n1,2,3\n" * 20), T, "t.csv|'a'"),
    Case("an empty column alone", table("a\n" + "NA\n" * 30), T, "t.csv"),
    Case("one row", table(rows(1)), T, "t.csv"),
    Case("no rows", table(rows(0)), T, "'t.csv'"),
    Case("bytes that are called .csv", {"t.csv": bytes(range(256)) * 9}, T, "'t.csv'"),
    Case("a damaged .csv.gz", {"t.csv.gz": b"\x1f\x8b\x08broken"}, "fit t.csv.gz", "'t.csv.gz'"),
    Case("an infinite number", table(line(GOOD, 9, "inf,1,oak,N")), T, "t.csv|'height'"),
    Case("a number beyond all", table(line(GOOD, 9, "1e300,1,oak,N")), T, "'height'"),
    Case("columns beyond the limit", table(WIDE), T, "'t.csv'"),
    Case("rows beyond the limit", {"t.csv": b"a\n" + b"1\n" * 10_000_000}, T, "'t.csv'"),
    Case("no dates", table(), f"{T} --types height=date", "t.csv|'height'"),
    Case("a date that is none", table(line(DATED, 2, "2020-02-30,2.5")), f"{T} --time when", "'2020-02-30'"),
    Case("an unknown column's kind", table(), f"{T} --types ring=number", "'ring'|'rings'"),
    Case("an unknown kind of column", table(), f"{T} --types rings=colour", "'colour'|'rings'"),
    Case("a kind without its column", table(), f"{T} --types number", "'number'"),
    Case("words as numbers", table(), f"{T} --types tree=number", "'tree'|'oak'"),
    Case("an unknown column dropped", table(), f"{T} --drop tre", "'tre'|'tree'"),
    Case("every column dropped", table(), f"{T} --drop height,rings,tree,side", "drop"),
    Case("an unknown column given", table(), f"{T} --given colour", "'colour'"),
    Case("a sheet of a CSV", table(), f"{T} --sheet 1", "sheet"),
    Case("no Parquet that is called .parquet", {"t.parquet": bytes(range(256))}, "fit t.parquet", "t.parquet"),
    Case("no workbook that is called .xlsx", {"t.xlsx": bytes(range(256))}, "fit t.xlsx", "t.xlsx"),
    Case("an old workbook", {"t.xlsx": OLD_EXCEL}, "fit t.xlsx", "t.xlsx"),
]
SPLITS = [
    Case("an unknown group", table(), f"{T} --group tre", "'tre'|'tree'"),
    Case("too few groups", table(), f"{T} --group side", "'side'"),
    Case("a row of no group", table(line(GOOD, 8, "1.5,3,,N")), f"{T} --group tree", "'tree'|row 7"),
    Case("words for times", table(), f"{T} --time tree", "'tree'"),
    Case("groups and times", table(), f"{T} --group tree --time rings", "group|time"),
    Case("groups of an official split", {}, "fit pinwheel --group x0", "pinwheel|'x0'"),
    Case("a condition without change", table(LATE), f"{T} --time year --given kind", "'kind'"),
    Case("balance without a class", table(), f"{T} --balance", "balance"),
    Case("balance by a number", table(), f"{T} --given height --balance", "balance"),
]
TEXTS = [
    Case("another encoding", {"a.txt": "José\nAnna\n".encode("latin-1")}, "fit a.txt", "line 1 of 'a.txt'"),
    Case("lines far too long", {"a.txt": ("once upon a time " * 999 + "\n") * 12}, "fit a.txt", "a.txt"),
    Case("too few windows", {"a.txt": "once upon a time " * 60}, "fit a.txt --windows 512", "a.txt"),
    Case("windows of no size", {}, "fit seen.csv --windows 1", "windows"),
    Case("an unknown column of texts", {}, "fit seen.csv --column name", "seen.csv|'name'"),
    Case("symbols of no tokeniser", {"a.txt": "Anna\n" * 12}, "fit a.txt --symbols syllables", "symbols"),
    Case("FASTA without names", {"x.fasta": "ACDE\n" * 12}, "fit x.fasta", "x.fasta"),
]
MOLECULES = [
    Case("one molecule", {"m.smi": "CCO\n"}, "fit m.smi", "m.smi"),
    *(Case(what, {"m.smi": f"{text}\n" * 12}, "fit m.smi", "m.smi|line 1") for what, text in {
        "words": "good", "query atoms": "C*", "molecules longer than models see": "C" * 600}.items()),
    Case("two columns of SMILES", table("smiles,also_smiles\n" + "".join(f"{s},{s}\n" for s in SMILES.split())),
         T, "'smiles' and 'also_smiles' of t.csv|--column"),
    Case("a table without SMILES", {}, "fit seen.csv --kind molecules", "seen.csv"),
    Case("an unknown kind of data", {}, "fit seen.csv --kind molecule", "seen.csv|molecule"),
    Case("an SDF without bonds", {"m.sdf": 12 * (
        "\n\n\n  2  0  0  0  0  0  0  0  0  0999 V2000\n" + 2 * ("    0.0000" * 3 + " C" + "  0" * 12 + "\n")
        + "M  END\n$$$$\n")}, "fit m.sdf --kind molecules", "m.sdf|line 1"),
    Case("an unknown choice of salts", {"m.smi": SMILES}, "fit m.smi --salts none", "salts"),
    Case("an official split that there is not", {"m.smi": SMILES}, "fit m.smi --split official", "m.smi"),
    Case("a single scaffold", {"m.smi": "".join(f"{'C' * n}c1ccccc1\n" for n in range(12))},
         "fit m.smi --split scaffold", "m.smi"),
    Case("an option of molecules", {}, "fit seen.csv --charges neutral", "seen.csv|charges"),
    Case("an unknown target", table("smiles,y\n" + "".join(f"{s},1\n" for s in SMILES.split())),
         "describe t.csv --target z", "'z'|y"),
    Case("nothing that was left out", {"m.smi": SMILES}, "describe m.smi --out left.csv", "m"),
]
CAPTIONS = [
    Case("five captions to match", captioned([*NAMES[:5], *[None] * 15]), "fit pets --task match", "pets"),
    Case("every caption the same", captioned(["a star"] * 12), "fit pets --task match", "pets|'a star'"),
    Case("a family of another task", captioned(NAMES), "fit pets --task match --family vae", "vae"),
    Case("rates that do not sum to 1", captioned(NAMES) | {"pets/metadata.csv": "file_name,a,b\n" + "".join(
        f"{i}.png,star {i},{i}\n" for i in range(12))}, "fit pets --given caption --captions a=0.05,b=0.9", "0.95"),
    Case("rates without a table", captioned(NAMES), "fit pets --given caption --captions a=0.05,b=0.95", "captions"),
    Case("a search by a model of images", captioned(NAMES), "search pictures pets star", "pictures|search"),
    Case("a search in images of another size", array(noise(12, 16, 16)), "search matched x.npy star", "16 x 16"),
    Case("a search into a picture", captioned(NAMES, 8), "search matched pets star --out found.png", "found.png"),
]
GRAPHS = [
    Case("a faulty edge", {**SET, "set/4.edges": "a b\nb\n"}, "fit set", "set/4.edges|line 2"),
    Case("too few graphs", {"set/0.edges": "a b\n"}, "fit set", "set"),
    Case("GraphML with entities", {**SET, "set/0.graphml": b'<!DOCTYPE g [<!ENTITY a "a">]><graphml/>'},
         "fit set", "set/0.graphml"),
    Case("GraphML cut short", {"set/0.graphml": b"<graphml><graph>"}, "fit set", "0.graphml"),
    Case("a graph of a thousand nodes", {**SET, "set/x.edges": "".join(f"{i} {i + 1}\n" for i in range(1000))},
         "fit set", "set/x.edges|line 512"),
    Case("arrays that do not fit together",
         arrays(num_nodes=np.array([2]), edge_ptr=np.array([0, 5]), edges=np.array([[0, 1]])), XZ, "x.npz|edge_ptr"),
    Case("an edge to nobody", graph(EDGES + "n3,n99\n"), GRAPH, "edges.csv|'n99'|'id'"),
    Case("names that never match", graph(EDGES.replace("n", "person ")), GRAPH, "'source' of edges.csv|'id'"),
    Case("one column of edges", graph("source\n" + "n1\n" * 20), GRAPH, "edges.csv|'source'"),
    Case("an edge without an end", graph(EDGES + "n3,\n"), GRAPH, "'target' of edges.csv|row 81"),
    Case("an infinite weight", graph(edges("source,target,weight", ",1.5") + "n1,n9,inf\n"), GRAPH, "edges.csv|weight"),
    Case("a weight in words", graph(edges("source,target,weight", ",heavy")), GRAPH, "'weight' of edges.csv"),
    Case("a negative weight", graph(edges("source,target,weight", ",1.5") + "n1,n9,-2\n"), f"{GRAPH} --family gcn",
         "-2"),
    Case("a direction for a spectral method", graph(), f"{GRAPH} --directed --family cheb", "edges.csv|directed"),
    Case("no such edge list", graph(), GRAPH.replace("edges", "links"), "'links.csv'"),
    Case("a node that stands twice", graph(nodes=NODES + "n3,20,x,a\n"), GRAPH, "nodes.csv|'n3'|'id'"),
    Case("a node without a name", graph(nodes=NODES + ",20,x,a\n"), GRAPH, "'id' of nodes.csv|row 41"),
    Case("an unknown label", graph(), GRAPH.replace("kind", "knid"), "'knid'|'kind'"),
    Case("no label", graph(), "fit edges.csv --nodes nodes.csv --task nodes", "edges"),
    Case("labels that are all missing", graph(nodes=nodes(lambda i: "")), GRAPH, "edges"),
    Case("training nodes without labels", graph(nodes="id,kind,split\n" + "".join(
        f"n{i},{('', 'bc'[i % 4 > 1])[i % 2]},{('train', 'test')[i % 2]}\n" for i in range(COUNT))), GRAPH, "edges"),
    Case("labels that are numbers", graph(), GRAPH.replace("kind", "age"), "edges"),
    Case("nodes of named data", {"nodes.csv": NODES}, "fit cora --nodes nodes.csv", "nodes|cora"),
    Case("a target of a plain table", {"nodes.csv": NODES}, "fit nodes.csv --target kind", "'kind'|nodes.csv"),
    Case("an unknown task", {}, "fit karate-club --task colours", "karate-club|'colours'"),
    Case("a task of other data", {"nodes.csv": NODES}, "fit nodes.csv --task nodes", "'nodes'"),
    Case("a folder that lacks a file", tu(graph_labels=None), "fit set", "MINE_graph_labels.txt"),
    Case("more graphs than labels", tu(graph_labels="1\n2\n"), "fit set", "MINE_graph_indicator"),
    Case("an edge between graphs", tu(A="1, 2\n2, 4\n"), "fit set", "MINE_A"),
    Case("an edge beyond all nodes", tu(A="1, 2\n2, 77\n"), "fit set", "MINE_A|77"),
    Case("fewer labels than nodes", tu(node_labels="0\n1\n"), "fit set", "MINE_node_labels"),
    Case("words for edges", tu(A="one, two\n"), "fit set", "set/MINE_A.txt"),
    Case("a TU file cut short", tu(A=None) | {"set/MINE_A.txt.gz": half(gzip.compress(b"1, 2\n" * 999))},
         "fit set", "set/MINE_A.txt.gz"),
    Case("a TU file far too wide", tu(node_labels=",".join(["0"] * 5_000) + "\n" + "0\n" * 35),
         "fit set", "set/MINE_node_labels.txt|line 1"),
    Case("two sets in a folder", tu() | {"set/YOURS_A.txt": "1, 2\n"}, "fit set", "MINE, YOURS"),
    Case("a pickle that runs a program", {"ind.mine.x": RUNS}, "fit ind.mine.x", "ind.mine.x"),
]
FIT = [
    Case("an unknown name", {}, "fit digit", "'digit'|'digits'"),
    Case("no data", {}, "fit", "DATA"),
    Case("an unknown kind of file", {"t.docx": b"PK"}, "fit t.docx", "t.docx"),
    Case("an unknown family", table(), f"{T} --family vea", "'vea'|vae"),
    Case("a family of other data", table(), f"{T} --family class-gaussian", "'class-gaussian'"),
    Case("an unknown preset", table(), f"{T} --family vae --preset huge", "'huge'"),
    Case("no time", table(), f"{T} --minutes 0 --out new", "minutes"),
    Case("a time that is no number", table(), f"{T} --minutes nan --out new", "minutes"),
    Case("words for time", table(), f"{T} --minutes ten --out new", "--minutes"),
    Case("two budgets", table(), f"{T} --minutes 1 --steps 5 --out new", "minutes|steps"),
    Case("an unknown option", {}, "fit digits --minuts 2", "--minuts|--minutes"),
    Case("an unknown command", {}, "train digits", "'train'"),
    Case("a file for a folder", {"file": "x", **table()}, f"{T} --family copula --out file", "file"),
    Case("another budget in the folder", {}, f"{TINY} --items 900", "pictures|items"),
    Case("another seed in the folder", {}, f"{TINY} --items 600 --seed 1", "pictures|seed"),
    Case("a replay with a budget", {}, "fit digits --replay pictures --items 5", "--items"),
    Case("a replay on other data", table(), f"{T} --replay pictures", "pictures|digits"),
    Case("a replay of another family", {}, "fit digits --family flow --replay pictures", "pictures|flow"),
    Case("a replay of an unfinished run", changed("pictures", "config.toml", lambda text: text.split(b"[outcome]")[0]),
         "fit digits --replay mine", "mine"),
    Case("a replay of what builds nothing", replaced("pictures", "config.toml", "channels = 8", "channels = -8"),
         "fit digits --replay mine", "channels = -8"),
    Case("the codec of a run without one", {}, "fit digits --family vq-vae --codec pictures", "pictures|codec"),
    Case("a codec for another family", {}, "fit digits --family vae --codec pictures", "vae|codec"),
    Case("a codec of images of another size", captioned([f"cat {i}" for i in range(12)]),
         "fit pets --given caption --family dall-e --codec words", "words|pets|8 x 8|12 x 12"),
    Case("a codec beside a parent", {}, "fit digits --from pictures --codec pictures", "codec"),
]
OPEN = [
    Case("a question with a new word", {"a.png": png(8, 8)}, "answer words a.png wheels", "'wheels'|which"),
    Case("a question that asks nothing", {"a.png": png(8, 8)}, "answer words a.png ?", "'?'"),
    Case("a question that is too long", {"a.png": png(8, 8)}, f"answer words a.png {'which?' * 80}", "which|fewer"),
    Case("a weight of no instruction", {"a.png": png(8, 8)},
         "edit words a.png --source a --target b --guidance 3", "--guidance|--ask"),
    Case("an edit by a model that learned none", {"a.png": png(8, 8)}, "edit words a.png --ask dark", "before"),
    Case("no such run", {}, "sample nowhere", "nowhere"),
    Case("a folder that is no run", {"mine/a.txt": "a"}, "sample mine", "mine|config.toml"),
    Case("a run that leads to itself", {"mine": lambda path: path.symlink_to("mine")}, "sample mine", "mine"),
    *(Case(what, changed("pictures", "weights.safetensors", change), "sample mine", "mine/weights.safetensors")
      for what, change in {"weights cut short": half, "a flipped bit": flipped, "no bytes": lambda _: b"",
                           "a pickle for weights": lambda _: RUNS}.items()),
    Case("no weights", changed("pictures", "weights.safetensors", lambda _: None), "sample mine",
         "weights.safetensors"),
    Case("config.toml cut short", changed("pictures", "config.toml", lambda text: text[:100]), "sample mine",
         "mine/config.toml"),
    Case("a record that is no text", changed("pictures", "config.toml", lambda _: b"\xff\xfe"), "report mine",
         "mine/config.toml"),
    Case("a format of the future", replaced("pictures", "config.toml", "format = ", "format = 9"), "sample mine",
         "mine|95"),
    Case("a hundred thousand threads", changed("table", "config.toml", stage("threads = 100000")),
         "sample mine --out s.csv", "mine/config.toml|threads"),
    Case("a network of a billion", replaced("pictures", "config.toml", "channels = 8", "channels = 1000000000"),
         "sample mine", "mine|channels"),
    Case("a network larger than its weights", replaced("pictures", "config.toml", "channels = 8", "channels = 3000"),
         "sample mine", "mine|weights.safetensors"),
    Case("a seed of words", replaced("pictures", "config.toml", "seed = 0", 'seed = "0"'), "sample mine",
         "mine/config.toml|seed"),
    Case("no domain.json", changed("pictures", "domain.json", lambda _: None), "sample mine", "domain.json"),
    Case("domain.json cut short", changed("pictures", "domain.json", half), "sample mine", "mine/domain.json"),
    Case("fewer labels than codes", replaced("table", "domain.json", '"S",', ""), "sample mine --out s.csv", "mine"),
    Case("brackets in brackets", changed("pictures", "domain.json", lambda _: b"[" * 200_000), "sample mine",
         "mine/domain.json"),
]
USE = [
    Case("an unknown label to sample", {}, "sample pictures --given label=cat", "'cat'"),
    Case("a condition named twice", {}, "sample pictures --given label=1 --given label=2", "'label'"),
    Case("an unknown condition to sample", {}, "sample pictures --given colour=red", "'colour'|label"),
    Case("an unknown value of a column", {}, "sample table --given side=W --out s.csv", "'W'|'side'"),
    Case("a value that a column cannot have", {}, "sample table --given tree=palm --out s.csv", "'palm'|'tree'"),
    Case("no samples", {}, "sample pictures -n 0", "n must"),
    Case("more than any machine holds", {}, f"sample pictures -n {10**30}", "fewer"),
    Case("guidance that is no number", {}, "sample pictures --guidance nan", "guidance"),
    Case("an edit of no strength", {}, "edit pictures digits --with digits --without digits --strength nan",
         "strength"),
    Case("an edit by one side", {}, "edit pictures digits --with digits", "--without"),
    Case("an edit by other data", {}, "edit pictures digits --with seen.csv --without digits", "seen.csv"),
    Case("a table of no known format", {}, "sample table --out new.xlsb", "'new.xlsb'"),
    Case("samples below a file", {"file": "x"}, "sample pictures --out file/new.png", "file/new.png"),
    Case("a folder in use", {"new/a.txt": "a"}, "sample pictures --out new", "new"),
    Case("images of another size", array(noise(5, 9, 9)), "log-prob pictures x.npy", "x.npy|(5, 9, 9)"),
    Case("a table for images", table(), "log-prob pictures t.csv", "t.csv"),
    Case("images for a table", {}, "log-prob table digits", "digits"),
    Case("graphs for a table", SET, "log-prob table set", "set"),
    Case("a table for a graph", {}, "predict graph seen.csv", "seen"),
    Case("a column too few", table("height,rings\n1.5,2\n"), "log-prob table t.csv", "'tree'"),
    Case("words in a column of numbers", table("height,rings,tree,side\n1.5,many,oak,N\n"), "log-prob table t.csv",
         "t.csv|'rings'|'many'"),
    Case("scores as an array", {}, "log-prob pictures digits --out lp.npz", "lp.npz"),
    Case("a family without likelihood", {}, "log-prob copies seen.csv", "bootstrap"),
    Case("no draws", {}, "log-prob pictures digits --draws 0", "--draws"),
    Case("no column of the model", table("a,b\n1,2\n"), "complete table t.csv", "height"),
    Case("an image without its mask", arrays(x=noise(5, 8, 8)), "complete pictures x.npz", "x.npz|known"),
    Case("a mask of another shape", arrays(x=noise(5, 8, 8), known=np.ones((4, 4), bool)),
         "complete pictures x.npz", "known|(4, 4)"),
    Case("a mask that isn't bool", arrays(x=noise(5, 8, 8), known=noise(8, 8)), "complete pictures x.npz", "known"),
    Case("an unknown estimate", {}, "complete table seen.csv --estimate median", "'median'"),
    Case("a family that can't complete", {}, "complete copies seen.csv", "bootstrap"),
    Case("a sample of a predictor", {}, "sample graph", "graph|gcn"),
    Case("a prediction of a generative model", {}, "predict table seen.csv", "table|copula"),
    Case("no features of nodes", {}, "predict graph karate-club", "karate-club|'age'"),
    Case("a feature too few", graph(nodes="id,age\n" + "".join(f"n{i},{i}\n" for i in range(COUNT))),
         "predict graph edges.csv --nodes nodes.csv", "edges.csv|'city'"),
    Case("predictions as an image", graph(), "predict graph edges.csv --nodes nodes.csv --out new.png", "new.png"),
    Case("nodes for a model of tables", graph(), "encode table seen.csv --nodes nodes.csv", "table|nodes"),
    Case("an option of another command", {}, "doctor --repair", "--repair"),
]
STUDIES = [
    Case("no folder to report", {}, "report nowhere", "nowhere"),
    Case("nothing to report", {"empty": None}, "report empty", "empty"),
    Case("results cut short", {"c/results.json": "{"}, "report c", "c/results.json"),
    Case("results of another format", {"c/results.json": '{"format": 2}'}, "report c", "c/results.json"),
    Case("results of wrong types", results(seed="0"), "report c", "c/results.json|seed"),
    Case("a replay of no comparison", results(study="expressiveness", data=None), "compare --replay c",
         "c/results.json"),
    Case("a replay of unknown options", results(data={**made().data, "options": {"colour": 1}}),
         "compare --replay c", "'colour'"),
    Case("a replay of other data", results(data={**made().data, "name": "other", "source": "digits"}),
         "compare --replay c", "other"),
    Case("a comparison in no time", table(), "compare t.csv --minutes 0", "minutes"),
    Case("a family and all of them", {}, "compare digits --all --family vae", "--all|--family vae"),
    Case("an unknown target of a table", table(), "compare t.csv --target z", "'z'"),
    Case("several targets of a table", {}, "compare seen.csv --target tree --target side", "seen.csv"),
    Case("a target of images", {}, "compare digits --target label", "'label'|digits"),
]
CASES = [*IMAGES, *ARRAYS, *TABLES, *SPLITS, *TEXTS, *MOLECULES, *CAPTIONS, *GRAPHS, *FIT, *OPEN, *USE, *STUDIES]
