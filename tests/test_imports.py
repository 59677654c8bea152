# Tests __init__.py, run/predictor.py
"""The house's rules that a machine can hold: imports point one way and run in no circle, names stay in their place,
nothing heavy loads early."""

import ast
import inspect
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import genwright

ROOT = Path(genwright.__file__).parent
STATEMENT = re.compile(r"^ *(from [.\w]+ import (?:\([^)]*\)|.+))", re.M)
HEAVY = ("torch", "pandas", "sklearn", "scipy", "matplotlib")
MAY_IMPORT = {  # room of the core -> the rooms below it
    "core": set(),
    "distributions": {"core"},
    "training": {"core"},
    "networks": {"core", "distributions"},
    "kinds": {"core", "distributions", "networks"},
    "families": {"core", "distributions", "networks", "kinds"},
    "zoo": {"core", "distributions", "networks", "families"},
    "run": {"core", "distributions", "training", "kinds", "families", "zoo"},
    "measure": {"core", "distributions", "kinds", "run"},
    "studies": {"core", "training", "networks", "kinds", "families", "zoo", "run", "measure"},
}  # the command line, the contract test and the public surface may import every room of the core
PACKAGES = {  # package of a science -> packages that it may use
    "counts": set(),
    "graphs": set(),
    "molecules": {"graphs"},
    "proteins": set(),
    "sound": set(),
    "motion": set(),
    "series": set(),
    "studio": set(),
}
DESIGN = {"core", "chemistry", "kinds", "zoo", "run", "measure", "studies"}
OWN_ROOMS = {  # room that a package has beside rooms of the core's names -> the rooms below it
    "chemistry": {"core", "kinds"},
    "library_tables": DESIGN,
    "design": DESIGN | {"library_tables"},
    "screen": DESIGN | {"library_tables"},
    "studio": {"core", "kinds", "zoo", "run", "studies"},
    "package": {"core"},
}
ABOVE_CHEMISTRY = ("networks", "kinds", "families", "zoo", "measure")
BELOW = MAY_IMPORT | OWN_ROOMS | {name: MAY_IMPORT[name] | {"chemistry"} for name in ABOVE_CHEMISTRY}
KIND_FLOOR = 2  # of a wing of kinds that is in none of these
TOP = ("known_kinds", "bounded_reading", "named", "types_file", "load", "resplit")
FLOORS = (("values",), ("formats",), (), TOP)  # of kinds, from below


def modules() -> dict[str, Path]:
    """Dotted name below genwright -> file; a package goes by its own name."""
    found = {}
    for file in ROOT.rglob("*.py"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


MODULES = modules()


@cache
def imported(name: str) -> set[str]:
    """Modules of genwright that a module imports, inside functions too."""
    found = set()
    package = name.split(".") if MODULES[name].name == "__init__.py" else name.split(".")[:-1]
    for node in ast.parse("\n".join(STATEMENT.findall(MODULES[name].read_text()))).body:
        if node.level or node.module.startswith("genwright"):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *(node.module or "").removeprefix("genwright").split(".")]).strip(".")
            inside = [f"{base}.{alias.name}".strip(".") for alias in node.names]
            found |= {module if module in MODULES else base for module in inside}
    return found - {""}


def package(module: str) -> str:
    """The package of a science that a module is of, "" for the core."""
    first = module.split(".")[0]
    return first if first in PACKAGES else ""


def room(module: str) -> str:
    """The room of a module, in the core or in a package."""
    first, *further = module.split(".")
    return further[0] if first in PACKAGES and further and further[0] in {*BELOW, "cli", "contract"} else first


def wings(name: str) -> dict[str, set[str]]:
    """Each folder or file directly below a room -> those of the same room that it imports."""
    inside = [module for module in MODULES if module.startswith(f"{name}.")]
    arrows: dict[str, set[str]] = {module.split(".")[1]: set() for module in inside}
    for module in inside:
        others = {other.split(".")[1] for other in imported(module) if other.startswith(f"{name}.")}
        arrows[module.split(".")[1]] |= others - {module.split(".")[1]}
    return arrows


def test_every_room_has_its_place():
    assert {name.split(".")[0] for name in MODULES if name} == {*MAY_IMPORT, *PACKAGES, "cli", "contract", "__main__"}
    assert {room(name) for name in MODULES if name} <= {*BELOW, *PACKAGES, "cli", "contract", "__main__"}


def test_imports_point_one_way():
    """In the core and within a package alike."""
    arrows = {(name, other) for name in MODULES for other in imported(name) if room(name) in BELOW}
    assert not sorted(f"{a} -> {b}" for a, b in arrows if room(b) not in BELOW[room(a)] | {room(a), "package"})


def test_packages_stand_beside_the_core():
    """Nothing in the core imports a package. A package imports another one only where it may, and its pages the
    studio."""
    arrows = {(name, other) for name in MODULES for other in imported(name) if package(other)}
    of_page = lambda name: {"studio"} if room(name) == "studio" and package(name) else set()
    ties = [(a, b) for a, b in arrows if package(b) not in {package(a), *PACKAGES.get(package(a), ()), *of_page(a)}]
    assert not sorted(f"{a} -> {b}" for a, b in ties)


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_a_manifest_loads_nothing_but_the_core(name):
    """Whoever lists kinds, families or commands reads them all."""
    assert {room(other) for other in imported(f"{name}.package")} <= {"core"}


def test_imports_run_in_no_circle():
    try:
        TopologicalSorter({name: imported(name) for name in MODULES}).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


@pytest.mark.parametrize("name", sorted({module.split(".")[0] for module in MODULES if "." in module}))
def test_wings_run_in_no_circle(name):
    try:
        TopologicalSorter(wings(name)).prepare()
    except CycleError as circle:
        pytest.fail(f"wings of {name}: {' -> '.join(circle.args[1])}")


def test_the_layers_of_kinds_are_built_on_those_below():
    """Values below formats, formats below kinds of data, and what knows every kind on top."""
    floor = {wing: FLOORS.index(layer) for layer in FLOORS for wing in layer}
    height = lambda wing: floor.get(wing, KIND_FLOOR)
    arrows = [(wing, other) for wing, others in wings("kinds").items() for other in others]
    assert not [f"{wing} -> {other}" for wing, other in arrows if height(other) > height(wing)]


@pytest.mark.parametrize("module", ["values.corrections", "formats.source", "formats.tables.delimited"])
def test_values_and_formats_load_no_torch(module):
    code = f"import genwright.kinds.{module}, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_no_family_or_domain_is_named_outside_its_card_and_its_own_folder():
    from genwright.zoo import registry

    models = {row.family for row in registry.ROWS if not registry.predicts(row.task)}
    plain = {"properties", "match", "clips", "nodes", *PACKAGES}  # words with another meaning too: options, and sounds
    names = models | {name for place in registry.TASKS for name in place} - plain
    quoted = re.compile("|".join(rf"[\"']{re.escape(name)}[\"']" for name in names))
    rooms = ("core", "distributions", "training", "run", "measure", "studies", "cli")
    for file in (file for name in rooms for suffix in ("py", "json") for file in (ROOT / name).rglob(f"*.{suffix}")):
        assert not (hit := quoted.search(file.read_text())), f"{file.relative_to(ROOT)} names {hit.group()}"


@pytest.mark.parametrize(
    "statement",
    [
        "import genwright",
        "import genwright.cli.commands",
        "from genwright.zoo import registry",
        "from genwright.cli.families import list_families; list_families('vae')",
    ],
)
def test_nothing_heavy_is_loaded_early(statement):
    code = f"{statement}; import sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_waiting_threads_sleep_unless_the_user_says_otherwise():
    """In one process: what torch finds as it is loaded after genwright, and what stays of a user's choice."""
    code = (
        "import importlib, os, sys; name = 'OMP_WAIT_POLICY'; os.environ.pop(name, None); import genwright; "
        "print(os.environ[name], 'torch' in sys.modules); os.environ[name] = 'ACTIVE'; importlib.reload(genwright); "
        "print(os.environ[name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["PASSIVE", "False", "ACTIVE"]


def test_the_public_surface_is_typed():
    """What people call says what it takes and gives; `py.typed` tells their checkers to look."""
    from genwright.run.predictor import Predictor
    from genwright.studies.compare.comparison import Comparison

    assert (ROOT / "py.typed").exists()
    things = [getattr(genwright, name) for name in genwright.__all__]
    called = [thing for thing in things if inspect.isfunction(thing)]
    for thing in [*(thing for thing in things if inspect.isclass(thing)), Predictor, Comparison]:
        ours = (vars(base) for base in thing.__mro__ if base.__module__.startswith("genwright"))
        called += [getattr(thing, name) for members in ours for name in members if not name.startswith("_")]
    for function in (thing for thing in called if inspect.isfunction(thing) and thing.__name__ != "<lambda>"):
        signature = inspect.signature(function)
        untyped = [p.name for p in signature.parameters.values() if p.annotation is p.empty and p.name != "self"]
        assert not untyped and signature.return_annotation is not signature.empty, (function.__qualname__, untyped)


def test_the_public_surface_is_what_it_says():
    for name in genwright.__all__:
        assert callable(getattr(genwright, name)), name
    with pytest.raises(AttributeError, match="no attribute 'fits'"):
        genwright.fits
