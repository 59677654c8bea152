"""The house's rules that a machine can hold: imports point one way, names stay in their place, nothing heavy loads early."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import genwright

ROOT = Path(genwright.__file__).parent
HEAVY = ("torch", "pandas", "sklearn", "scipy", "matplotlib")
GROUND = {
    "errors", "limits", "patience", "formulas", "visible", "schemas", "spec", "likelihood", "randomness", "margins", "tails",
    "monte_carlo", "continuous", "heads", "best_guess", "threads",
}  # fmt: skip
MAY_IMPORT = {  # part -> parts of genwright that it may import
    **{name: GROUND for name in GROUND},
    "trainable": {"errors"},
    "model": GROUND | {"trainable", "run_folder"},
    "splits": GROUND,
    "data": GROUND | {"domains", "datasets", "splits", "graphs"},
    "datasets": GROUND | {"domains", "data", "graphs"},
    "graphs": GROUND | {"trainable"},
    "domains": GROUND | {"files"},
    "networks": GROUND,
    "families": GROUND | {"trainable", "model"},
    "recipes": GROUND | {"trainable", "networks", "families", "domains", "graphs"},
    "training": GROUND | {"trainable", "data", "files"},
    "evaluation": GROUND | {"model", "predictor", "data", "files"},
}


def parts_imported(file: Path) -> set[str]:
    """First-level parts of genwright that a file imports, inside functions too."""
    here = ("genwright", *file.relative_to(ROOT).with_suffix("").parts)
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level]
            names = [(*base, *node.module.split("."))] if node.module else [(*base, a.name) for a in node.names]
            found |= {name[1] for name in names if len(name) > 1}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("genwright."):
            found.add(node.module.split(".")[1])
    return found


@pytest.mark.parametrize("part", sorted(MAY_IMPORT))
def test_imports_point_one_way(part):
    files = [*(ROOT / part).rglob("*.py")] or [ROOT / f"{part}.py"]
    for file in files:
        wrong = parts_imported(file) - MAY_IMPORT[part] - {part}
        assert not wrong, f"{file.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("part", ["domains", "networks", "families"])
def test_domains_networks_and_families_do_not_know_each_other(part):
    others = {"domains", "networks", "families", "recipes", "training", "evaluation", "arena"} - {part}
    for file in (ROOT / part).rglob("*.py"):
        assert not parts_imported(file) & others, file


def test_no_family_or_domain_is_named_outside_recipes_and_its_own_folder():
    from genwright.recipes import registry

    names = {row.family for row in registry.ROWS} | set(registry.DOMAINS)
    quoted = re.compile("|".join(rf"[\"']{re.escape(name)}[\"']" for name in names))
    places = [*(ROOT / "training").rglob("*.py"), *(ROOT / "arena").rglob("*.py"), *(ROOT / "evaluation").rglob("*.py")]
    places += [ROOT / f"{name}.py" for name in ("model", "spec", "likelihood", "cli", "run_folder", "workbench")]
    for file in places:
        assert not (hit := quoted.search(file.read_text())), f"{file.relative_to(ROOT)} names {hit.group()}"


@pytest.mark.parametrize("statement", ["import genwright", "import genwright.cli", "from genwright.recipes import registry"])
def test_nothing_heavy_is_loaded_early(statement):
    code = f"{statement}; import sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_public_surface_is_what_it_says():
    for name in genwright.__all__:
        assert callable(getattr(genwright, name)), name
    with pytest.raises(AttributeError, match="no attribute 'fits'"):
        genwright.fits
