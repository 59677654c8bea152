# Tests kinds/tables/find_structure.py
"""What a text means is decided in the room of values: no reader parses numbers, days or times by itself."""

import ast
from pathlib import Path

import genwright

KINDS = Path(genwright.__file__).parent / "kinds"
PARSERS = {"to_datetime", "to_numeric", "fromisoformat", "strptime", "fromtimestamp"}
PARSE_THEMSELVES = {  # reader: why
    "kinds/points/point_files.py": "coordinates of formats whose numbers have one form, with *^ for e",
    "graphs/kinds/tu.py": "a format of numbers alone, in millions of lines",
    "graphs/kinds/other_files.py": "weights and places of Pajek, a format whose numbers have one form",
    "kinds/formats/tables/databases.py": "what a database has as days and times, which no person wrote",
    "kinds/tables/find_rules.py": "ends of a rule, which are numbers already",
    "kinds/tables/find_structure.py": "values of a rule's table, which are numbers already",
    "kinds/formats/tables/other_tables.py": "day counts of SAS, which are numbers of a file",
    "kinds/formats/tables/table_layout.py": "numbers of a sheet, which are none of text",
}


def parses(node: ast.AST) -> bool:
    """Whether a call makes a number, a day or a time of a text: `float` of a bare name, an item, or a text's method."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in PARSERS:
        return True
    if name != "float" or isinstance(node.func, ast.Attribute) or not node.args:
        return False
    of = node.args[0]
    text = isinstance(of, ast.Call) and isinstance(of.func, ast.Attribute) and of.func.attr in ("replace", "strip")
    named = isinstance(of, ast.Name) and of.id in ("cell", "text", "word", "value", "token", "line")
    return text or named


def test_no_reader_parses_by_itself():
    modules = [path for path in KINDS.parent.rglob("*.py") if "kinds" in path.parts and path.parent.name != "values"]
    trees = {str(path.relative_to(KINDS.parent)): ast.parse(path.read_text()) for path in modules}
    parsers = {name for name, tree in trees.items() if any(map(parses, ast.walk(tree)))}
    assert len(modules) > 50 and not parsers - PARSE_THEMSELVES.keys()


def test_parts_of_files_of_molecules_are_read_behind_the_door_of_every_form():
    callers = {path.name for path in KINDS.parent.rglob("*.py") if "read_smiles_batches(" in path.read_text()}
    assert callers == {"library.py", "molecule_files.py"}
