"""More of what people get wrong: each file format damaged or misnamed, splits, balance, sizes, dates. See
`bad_inputs.py`."""

from __future__ import annotations

import gzip

import numpy as np
from bad_files import Case, folder_with, gif, idx, lines_of, noise, npy, npz, png, rows

GOOD = rows(60)
DATED = "when,height\n" + "".join(f"2020-01-{1 + i % 28:02},{i % 9}.5\n" for i in range(60))
LEVELS = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
BESIDE = {"x-images-idx3-ubyte": idx(LEVELS)}
LATE = "year,h,kind\n" + "".join(f"{i},{i % 7}.5,{'ab'[i > 55]}\n" for i in range(60))
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
WIDE = ",".join(f"c{j}" for j in range(10_000)) + "\n" + 12 * (",".join("1" * 10_000) + "\n")
LONG = b"a\n" + b"1\n" * 10_000_000
# fmt: off

IDX = [
    Case("an IDX file cut short", {"x.idx": idx(LEVELS)[:-7]}, "fit x.idx", "x.idx is cut short|fetch it again"),
    Case("an IDX file that ends in its header", {"x.idx": idx(LEVELS)[:9]}, "fit x.idx", "x.idx is cut short"),
    Case("an IDX file of nothing", {"x.idx": b""}, "fit x.idx", "x.idx is not an idx file"),
    Case("a PNG that is called .idx", {"x.idx": png(12, 12)},
         "fit x.idx", "x.idx is not an idx file|whatever its name"),
    Case("an IDX file of an unknown type", {"x.idx": b"\0\0\x0a\1" + bytes(8)},
         "fit x.idx", "x.idx is not an idx file"),
    Case("an IDX file with more than it says", {"x.idx": idx(LEVELS) + b"more"},
         "fit x.idx", "x.idx holds more than the 20 x 8 x 8 numbers|write it again"),
    Case("an IDX file that promises four billion pictures", {"x.idx": b"\0\0\x08\3" + b"\xff" * 4 + idx(LEVELS)[8:]},
         "fit x.idx", "x.idx is cut short"),
    Case("a damaged IDX .gz", {"x-ubyte.gz": gzip.compress(idx(LEVELS))[:50]},
         "fit x-ubyte.gz", "x-ubyte.gz|damaged gzip"),
    Case("the labels without their pictures", {"x-labels-idx1-ubyte": idx(np.arange(20, dtype=np.uint8))},
         "fit x-labels-idx1-ubyte", "holds 20 labels and no pictures|the file of the pictures"),
    Case("labels of other pictures beside", {**BESIDE, "x-labels-idx1-ubyte": idx(np.zeros(19, np.uint8))},
         "fit x-images-idx3-ubyte", "x-labels-idx1-ubyte has shape (19,)|20 pictures|do not belong together"),
    Case("labels cut short beside", {**BESIDE, "x-labels-idx1-ubyte": idx(np.zeros(20, np.uint8))[:-3]},
         "fit x-images-idx3-ubyte", "x-labels-idx1-ubyte is cut short"),
    Case("an IDX file of dots", {"x.idx": idx(LEVELS[:, :5, :5])}, "fit x.idx", "x.idx|5 x 5|smallest side"),
    Case("an IDX file of two pictures", {"x.idx": idx(LEVELS[:2])}, "fit x.idx", "x.idx holds 2 items|at least 10"),
    Case("IDX pictures of another size", {"x.idx": idx(np.zeros((5, 9, 9), np.uint8))},
         "log-prob pictures x.idx", "x.idx: the pictures have shape|(n, 8, 8, 1)"),
    Case("IDX pictures without a mask", {"x.idx": idx(np.zeros((5, 8, 8), np.uint8))},
         "complete pictures x.idx", "x.idx: pictures need `known`"),
    Case("IDX pictures of an unknown label",
         {"x-images.idx": idx(np.zeros((5, 8, 8), np.uint8)), "x-labels.idx": idx(np.full(5, 77, np.uint8))},
         "log-prob pictures x-images.idx", "x-images.idx: label 77 is unknown"),
]
ENGINES = [
    Case("a CSV that is called .parquet", {"t.parquet": GOOD},
         "fit t.parquet", "t.parquet is not a Parquet file|true name"),
    Case("an empty .parquet", {"t.parquet": b""}, "fit t.parquet", "t.parquet is empty: write it again"),
    Case("a CSV that is called .xlsx", {"t.xlsx": GOOD}, "fit t.xlsx", "t.xlsx is not an Excel workbook|true name"),
    Case("an empty .xlsx", {"t.xlsx": b""}, "fit t.xlsx", "t.xlsx is empty: write it again"),
    Case("an old workbook, or one with a password", {"t.xlsx": OLD_EXCEL},
         "fit t.xlsx", "t.xlsx is an old workbook, or has a password|save it as .xlsx"),
    Case("a workbook of 1997", {"t.xls": OLD_EXCEL}, "fit t.xls", "t.xls is of a kind that is not understood|.xlsx"),
    Case("a likelihood of what is no .parquet", {"t.parquet": GOOD},
         "log-prob table t.parquet", "t.parquet is not a Parquet"),
    Case("holes in an old workbook", {"t.xlsx": OLD_EXCEL}, "complete table t.xlsx", "t.xlsx is an old workbook"),
    Case("a table for pictures in .parquet", {"t.parquet": b"PAR1"},
         "log-prob pictures t.parquet", "t.parquet holds no pictures"),
]
LINES = [
    Case("lines in another encoding", {"names.txt": "José\nAnna\n".encode("latin-1")},
         "fit names.txt", "line 1 of 'names.txt' is not in UTF-8|save the file as UTF-8"),
    Case("lines of a few bytes", {"names.txt": b"a\0b\nc\n"}, "fit names.txt", "line 1 of 'names.txt' holds control"),
    Case("an empty .txt", {"names.txt": b""}, "fit names.txt", "'names.txt' is empty|a line an item"),
    Case("three lines", {"names.txt": "Anna\nBert\nCora\n"}, "fit names.txt", "names.txt holds 3 items|at least 10"),
    Case("a text without lines", {"book.txt": ("once upon a time " * 999 + "\n") * 12},
         "fit book.txt", "book.txt has lines of up to 16,983 symbols|less than half of the text|shorter lines"),
    Case("lines with a column to condition on", {"names.txt": "Anna\n" * 12},
         "fit names.txt --given tree", "names holds lines of text|leave given out"),
    Case("a table with a faulty line that is called .txt", {"t.txt": "a,b\n" + "1,2\n" * 30 + "3\n"},
         "fit t.txt", "line 32 of 't.txt' has 1 cells where the first line has 2"),
    Case("lines for a model of tables", {"names.txt": "Anna\nBert\n"}, "log-prob table names.txt",
         "names.txt holds lines of text and the model was trained on a table"),
]
SIZES = [
    Case("ten thousand columns", {"t.csv": WIDE}, "fit t.csv", "'t.csv' has 10000 columns|at most 4096|matter"),
    Case("ten thousand columns of an array", {"x.npy": npy(np.zeros((12, 10_000), np.uint8))},
         "fit x.npy", "x.npy: the table has 10000 columns|at most 4096"),
    Case("ten million rows", {"t.csv": LONG}, "fit t.csv", "'t.csv' has 10,000,000 rows|at most 2,000,000|at random"),
    Case("ten million rows, packed", {"t.csv.gz": gzip.compress(LONG, 1)}, "fit t.csv.gz", "10,000,000 rows|at random"),
    Case("ten million rows of an array", {"x.npy": npy(np.zeros((10_000_000, 1), np.uint8))},
         "fit x.npy", "x.npy: the table has 10,000,000 rows|at most 2,000,000"),
    Case("holes in ten thousand columns", {"t.csv": WIDE}, "complete table t.csv", "'t.csv' has 10000 columns"),
]
ARRAYS = [
    Case("a label in the test part only",
         {"x.npz": npz(x_train=LEVELS, y_train=np.arange(20) % 3, x_test=LEVELS[:5], y_test=np.array([0, 1, 2, 0, 7]))},
         "fit x.npz", "x.npz has label 7 in y_test and not in y_train|same labels"),
    Case("a row's label in the test part only",
         {"x.npz": npz(x_train=noise((20, 2)), y_train=["a", "b"] * 10, x_test=noise((2, 2)), y_test=["a", "c"])},
         "fit x.npz", "x.npz has label c in y_test and not in y_train"),
    Case("labels for one part only", {"x.npz": npz(x_train=LEVELS, y_train=np.arange(20) % 2, x_test=LEVELS)},
         "fit x.npz", "x.npz|do not fit together|labels to both"),
    Case("no pictures at all", {"x.npy": npy(LEVELS[:0])}, "fit x.npy", "x.npy is empty|at least one"),
    Case("an npz of nothing", {"x.npz": npz()}, "fit x.npz", "x.npz holds nothing|'x'"),
    Case("pictures with transparency", {"x.npy": npy(np.zeros((20, 8, 8, 4), np.uint8))},
         "fit x.npy", "x.npy|4 channels"),
    Case("sixteen-bit pictures", {"x.npy": npy(LEVELS.astype(np.uint16) * 257)},
         "fit x.npy", "x.npy holds whole numbers|uint8"),
    Case("negative pictures", {"x.npy": npy(LEVELS.astype(int) - 128)},
         "fit x.npy", "x.npy holds whole numbers from -"),
    Case("complex pictures", {"x.npy": npy(LEVELS + 1j)}, "fit x.npy", "x.npy holds complex128"),
    Case("pictures of words", {"x.npy": npy(np.full((20, 8, 8), "a"))}, "fit x.npy", "x.npy holds <U1"),
    Case("a label for every picture", {"x.npz": npz(x=LEVELS, y=np.arange(20))},
         "fit x.npz", "20 labels for 20 pictures"),
    Case("labels between numbers", {"x.npz": npz(x=LEVELS, y=np.linspace(0, 1, 20))},
         "fit x.npz", "not whole numbers or names"),
    Case("more levels than were announced", {"x.npz": npz(x=LEVELS, levels=17)},
         "fit x.npz", "x.npz says that it has 17 levels"),
    Case("a GIF that is called .png", folder_with("a.png", gif(12)), "fit pets", "pets/a.png is not a PNG or JPEG"),
    Case("a PNG of nothing", folder_with("a.png", b""),
         "fit pets", "pets/a.png is not a PNG or JPEG picture, or is cut short"),
    Case("parts for labels", {f"pets/{part}/{i}.png": png(12, 12, i) for part in ("train", "test") for i in range(6)},
         "fit pets", "pets has sub-folders test, train, which are parts and not labels"),
]
SPLITS = [
    Case("groups of pictures", {}, "fit digits --group patient", "digits holds pictures|group and time|leave them out"),
    Case("times of pictures", {}, "fit digits --time taken", "digits holds pictures|group and time|leave them out"),
    Case("an unknown group", {"t.csv": GOOD},
         "fit t.csv --group tre", "column 'tre', named by group|did you mean 'tree'?"),
    Case("an unknown time", {"t.csv": GOOD}, "fit t.csv --time when", "column 'when', named by time|height, rings"),
    Case("two groups", {"t.csv": GOOD},
         "fit t.csv --group side", "column 'side' holds 2 groups|at least 3|another column"),
    Case("a group that nobody knows", {"t.csv": lines_of(GOOD, (8, "1.5,3,,N"))},
         "fit t.csv --group tree", "column 'tree', which names the group, is empty in row 6|fill it"),
    Case("words for times", {"t.csv": GOOD},
         "fit t.csv --time tree", "column 'tree' holds|neither numbers nor all dates"),
    Case("two times", {"t.csv": GOOD.replace("NS", "").replace(",N\n", ",1\n").replace(",S\n", ",2\n")},
         "fit t.csv --time side", "column 'side' holds 2 different times|at least 3"),
    Case("a time that nobody knows", {"t.csv": lines_of(DATED, (4, ",2.5"))},
         "fit t.csv --time when", "column 'when', which says the time, is empty in row 2"),
    Case("groups and times", {"t.csv": GOOD}, "fit t.csv --group tree --time rings", "two ways to split|name one"),
    Case("groups of an official split", {},
         "fit pinwheel --group x0", "pinwheel comes with a split of its own|leave group 'x0' out"),
    Case("a given that only the newest rows vary", {"t.csv": LATE},
         "fit t.csv --time year --given kind", "given column 'kind' cannot condition|same in every training row"),
    Case("balance without a class", {"t.csv": GOOD},
         "fit t.csv --balance", "balance needs one given category|name one with given"),
    Case("balance by a number", {"t.csv": GOOD}, "fit t.csv --given height --balance", "no category is given here"),
    Case("balance by two classes", {"t.csv": GOOD},
         "fit t.csv --given tree,side --balance", "given here are tree, side"),
    Case("a replay that is balanced", {},
         "fit digits --replay pictures --balance", "repeats the numbers of pictures|leave --balance out"),
    Case("balance in the folder of a run without", {},
         "fit digits --family vae --preset tiny --items 600 --balance --out pictures",
         "pictures holds another run|balance: none there, label now"),
    Case("a balanced comparison", {}, "compare digits --balance", "--balance|compare --help"),
]
CELLS = [
    Case("a day of nothing", {"t.csv": lines_of(DATED, (4, "0000-00-00,2.5"))},
         "fit t.csv --types when=date", "column 'when' holds|not all dates"),
    Case("the thirtieth of February", {"t.csv": lines_of(DATED, (2, "2020-02-30,2.5"))},
         "fit t.csv --time when", "column 'when' holds '2020-02-30'|neither numbers nor all dates"),
    Case("dates before 1900 in another way of writing", {"t.csv": lines_of(DATED, (9, "31 Dec 1899,2.5"))},
         "fit t.csv --types when=date", "column 'when' holds|not all dates in one"),
    Case("a number beyond all", {"t.csv": lines_of(GOOD, (9, "1e300,1,oak,N"))},
         "fit t.csv", "column 'height' holds|too large to model"),
    Case("three truth values", {"t.csv": GOOD},
         "fit t.csv --types tree=boolean", "column 'tree' holds 3 different values"),
    Case("whole numbers with decimals", {"t.csv": GOOD},
         "fit t.csv --types height=whole", "column 'height' holds|no whole number"),
    Case("a quote that never ends", {"t.csv": lines_of(GOOD, (5, '"1.5,2,oak,N'))},
         "fit t.csv", "line 61 of 't.csv' has 1 cells"),
    Case("UTF-16 without its mark", {"t.csv": GOOD.encode("utf-16-le")}, "fit t.csv", "'t.csv' is not a text file"),
    Case("columns that differ in blanks", {"t.csv": GOOD.replace("rings", " height ", 1)},
         "fit t.csv", "more than one column named 'height'"),
    Case("an option of doctor", {}, "doctor --repair", "--repair|doctor --help"),
    Case("a patient for the doctor", {}, "doctor digits", "digits|doctor --help"),
]
MORE = IDX + ENGINES + LINES + SIZES + ARRAYS + SPLITS + CELLS
