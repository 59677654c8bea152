"""What people get wrong with molecules: files of them, tables of them, choices. See `bad_inputs.py`."""

from __future__ import annotations

from bad_files import Case

SMILES = "".join(f"{'C' * n}{end}\n" for n in range(1, 7) for end in ("O", "N", "c1ccccc1"))
TABLE = "smiles,also_smiles\n" + "".join(f"{line},{line}\n" for line in SMILES.split())
LOOSE = "\n\n\n  2  0  0  0  0  0  0  0  0  0999 V2000\n" + 2 * (
    "    0.0000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0\n"
)
# fmt: off

MOLECULES = [
    Case("one molecule", {"m.smi": "CCO\n"}, "fit m.smi", "m.smi holds 1 item: at least 10"),
    Case("an empty .smi", {"m.smi": b""}, "fit m.smi", "'m.smi' is empty|a molecule a line"),
    Case("a .smi of comments", {"m.smi": "# nothing\n"}, "fit m.smi", "'m.smi' is empty|a molecule a line"),
    Case("a .smi of no molecules", {"m.smi": "good\nmorning\n" * 9},
         "fit m.smi", "m.smi holds no molecule that can be read (line 1: it is no SMILES)|name their column"),
    Case("reactions", {"m.smi": "CCO>>CC=O\n" * 12}, "fit m.smi", "no molecule|line 1: it is a reaction"),
    Case("query atoms", {"m.smi": "C*\n" * 12}, "fit m.smi", "no molecule|line 1: it has an atom that may be any"),
    Case("unknown elements", {"m.smi": "[Xx]C\n" * 12}, "fit m.smi", "no molecule|line 1: it is no SMILES"),
    Case("ten thousand atoms", {"m.smi": "C" * 10_000 + "\n"},
         "fit m.smi", "no molecule|line 1: it has 10,000 letters"),
    Case("molecules longer than models see", {"m.smi": ("C" * 600 + "\n") * 12},
         "fit m.smi", "no molecule|line 1: it has 600 symbols, and models see 511"),
    Case("SMILES with a zero", {"m.smi": SMILES.encode() + b"C\0C\n"}, "fit m.smi", "line 19 of 'm.smi' holds control"),
    Case("half a letter of UTF-16", {"m.smi": SMILES.encode("utf-16")[:-1]},
         "fit m.smi", "line 18 of 'm.smi' is not in UTF-16"),
    Case("a damaged .smi.gz", {"m.smi.gz": b"\x1f\x8b\x08\0junk"}, "fit m.smi.gz", "m.smi.gz' is cut short or damaged"),
    Case("two columns of SMILES", {"t.csv": TABLE},
         "fit t.csv", "columns 'smiles' and 'also_smiles' of t.csv look like SMILES|--column"),
    Case("molecules of a table without any", {}, "fit seen.csv --kind molecules", "no column of seen.csv looks like"),
    Case("molecules of a column of trees", {}, "fit seen.csv --kind molecules --column tree",
         "seen.csv holds no molecule that can be read (row 1: it is no SMILES)"),
    Case("a column of molecules that is not there", {"m.csv": "smiles\n" + SMILES},
         "fit m.csv --column structure", "column 'structure'|not in the table"),
    Case("molecules of images", {}, "fit digits --kind molecules", "digits holds images, and kind is molecules"),
    Case("an unknown kind", {}, "fit seen.csv --kind molecule", "seen.csv holds a table, and kind is molecule"),
    Case("an SDF without bonds", {"m.sdf": 12 * (LOOSE + "M  END\n$$$$\n")},
         "fit m.sdf --kind molecules", "no molecule|line 1: it has no bonds: read it as points"),
    Case("an SDF that is cut", {"m.sdf": LOOSE[:90]}, "fit m.sdf --kind molecules", "no molecule|line 1|cut short"),
    Case("an empty SDF", {"m.sdf": "\n"}, "fit m.sdf --kind molecules", "'m.sdf' is empty"),
    Case("an unknown choice of salts", {"m.smi": SMILES}, "fit m.smi --salts none", "salts='none' is unknown|largest"),
    Case("an unknown notation", {"m.smi": SMILES}, "fit m.smi --notation inchi", "notation='inchi' is unknown|selfies"),
    Case("an unknown split", {"m.smi": SMILES}, "fit m.smi --split time", "split='time' is unknown|scaffold"),
    Case("an official split that there is not", {"m.smi": SMILES},
         "fit m.smi --split official", "m.smi does not say which molecules are the test set|random"),
    Case("a scaffold split of one scaffold", {"m.smi": "".join(f"{'C' * n}c1ccccc1\n" for n in range(12))},
         "fit m.smi --split scaffold", "m.smi has 1 scaffolds, too few|at random"),
    Case("charges of a table", {}, "fit seen.csv --charges neutral", "seen.csv holds a table, and charges is for mol"),
    Case("a property that is not there", {"m.smi": SMILES}, "fit m.smi --given logP", "m holds molecules|given out"),
    Case("words of molecules", {"m.smi": SMILES}, "fit m.smi --symbols words", "m.smi holds molecules, and symbols"),
    Case("molecules for a model of tables", {"m.smi": SMILES}, "log-prob table m.smi",
         "m.smi holds molecules and the model was trained on a table"),
    Case("a target that is not there", {"t.csv": "smiles,y\n" + "".join(f"{s},1\n" for s in SMILES.split())},
         "describe t.csv --target z", "column 'z', named by target|its columns are y"),
    Case("several targets of a table", {}, "compare seen.csv --target tree --target side",
         "seen.csv is a table, of which one target is learned from samples, not 2: name one"),
    Case("a list of what could be read", {"m.smi": SMILES},
         "describe m.smi --out left.csv", "nothing of m was left out"),
]
