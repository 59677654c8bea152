"""Options of molecules, beside those that other kinds of data have too."""

from ...kinds.option import Option

PANEL = "Molecules"  # of the help of commands
# fmt: off
OPTIONS = (
    Option("notation", str,
        "Notation in which models read and write molecules (smiles).", PANEL,
        metavar="smiles|selfies|scaffold-first", rare=True),
    Option("salts", str,
        "Molecules of several fragments: take off salts and solvents (the default), or keep all.", PANEL,
        metavar="largest|keep", rare=True),
    Option("charges", str,
        "Keep charges (the default), or neutralise where possible.", PANEL, metavar="keep|neutral", rare=True),
    Option("stereo", str,
        "Keep stereochemistry (the default) or remove it.", PANEL, metavar="keep|drop", rare=True),
    Option("tautomers", str,
        "Keep tautomers (the default), or replace each by its canonical form.", PANEL, metavar="keep|canonical",
        rare=True),
    Option("keep", str,
        "compare: also complete the scaffolds of test molecules, and measure what is kept and reached.", PANEL,
        metavar="scaffold", rare=True),
    Option("split", str,
        "How to split: official, random, scaffold (rarest scaffolds in the test set), scaffold-balanced or butina.",
        PANEL, metavar="WAY", rare=True),
    Option("log", list[str],
        "Targets to learn as their logarithm; predictions stay in the column's units.", PANEL, metavar="COLUMN",
        rare=True),
    Option("positive", list[str],
        "The class that is sought, if its word does not say so, such as hit (repeatable, for several targets).",
        PANEL, metavar="WORD", rare=True),
    Option("leave_out", dict[str, list],
        "Rows of molecules to leave out, by a word of a column beside them: 'Standard Type=Ki'.", PANEL,
        metavar="COLUMN=WORD", rare=True),
    Option("bounds", str,
        "Measured bounds such as >10: keep (the default) or drop.", PANEL,
        metavar="keep|drop", rare=True),
    Option("descriptors", str,
        "Descriptors of molecules: rdkit (the default), none, or a table joined by SMILES or name.", PANEL,
        metavar="rdkit|none|FILE", rare=True),
)
# fmt: on
