# Tests core/packages.py
"""Every dependency of pyproject.toml is imported where it is for: those of users by `src`, those of dev anywhere."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, files, packages_distributions
from pathlib import Path

from genwright.core.packages import PACKAGES
from genwright.kinds.formats.forms import FORMS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
USERS = [*PROJECT["dependencies"], *(one for extra, more in EXTRAS.items() if extra != "dev" for one in more)]
LOADERS = {"import_module", "require_package", "importorskip"}  # they import the module that they name
TOOLS = {
    "ipykernel",
    "mkdocs-jupyter",
    "mkdocs-material",
    "mkdocstrings",
    "mypy",
    "pytest-timeout",
    "pytest-xdist",
    "ruff",
}  # run by notebooks, pytest and make, imported nowhere


def normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


INSTALLED = {module: set(map(normal, names)) for module, names in packages_distributions().items()}


def modules_of(distribution: str) -> set[str]:
    """Import names that a distribution brings; its own name if it is not installed."""
    found = {module for module, names in INSTALLED.items() if distribution in names}
    return found or {distribution.replace("-", "_")}


@cache
def imported(text: str) -> frozenset[str]:
    """Top-level modules that a module imports."""
    return frozenset(_imported(text))


def _imported(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and node.args and ast.unparse(node.func).split(".")[-1] in LOADERS:
            yield str(getattr(node.args[0], "value", "")).split(".")[0]


@cache
def texts(folder: str) -> list[str]:
    return [path.read_text() for path in sorted((ROOT / folder).rglob("*.py"))]


def unused(requirements: Iterable[str], *folders: str) -> list[str]:
    """Distributions none of whose modules a file below the folders imports."""
    files = [text for folder in folders for text in texts(folder)]
    names = [normal(re.match(r"[\w.-]+", one)[0]) for one in requirements]
    named = lambda module: re.compile(rf"""(import|from) +{module}\b|["']{module}\b""")
    worth = lambda module, text: module in text and named(module).search(text)
    imports = lambda module: any(worth(module, text) and module in imported(text) for text in files)
    return [name for name in names if name != "genwright" and not any(map(imports, modules_of(name)))]


def test_users_install_nothing_that_src_does_not_import():
    assert unused(USERS, "src") == []
    assert unused(["charset-normalizer>=3.3"], "src") == ["charset-normalizer"]


def test_developers_install_nothing_unused():
    assert set(unused(EXTRAS["dev"], "src", "tests", "docs", "benchmarks")) == TOOLS


EXTRA_OF = {
    "mido": "music",
    "soundfile": "audio",
    "rdkit": "mol",
}  # in messages


def test_packages_that_messages_name_bring_what_is_missing():
    """`pip install MODULE` and `pip install 'genwright[EXTRA]'`; nothing is installed."""
    modules = {found for text in texts("src") for found in re.findall(r'require_package\("(\w+)"\)', text)}
    assert modules and all(normal(one) in INSTALLED.get(one, {normal(one)}) for one in modules)
    extras = {extra: {normal(re.match(r"[\w.-]+", one)[0]) for one in more} for extra, more in EXTRAS.items()}
    assert all(extras[extra] & INSTALLED.get(module, {module}) for module, extra in EXTRA_OF.items())
    assert all(normal(PACKAGES.get(form.package, form.package)) in extras[form.extra] for form in FORMS if form.package)
    named = {found for text in texts("src") for found in re.findall(r"pip install 'genwright\[(\w+)\]'", text)}
    of_forms = {form.extra for form in FORMS if form.extra}
    assert named <= set(EXTRA_OF.values()) | of_forms and set(EXTRA_OF.values()) <= named | of_forms


# distributions under the GPL, or whose wheels hold a library that is, and their extras
COPYLEFT = {"pillow-heif": "heic", "av": "video", "pyreadr": "r"}


def test_what_is_gpl_has_an_extra_of_its_own_that_readme_names():
    extras = {extra: {normal(re.match(r"[\w.-]+", one)[0]) for one in more} for extra, more in EXTRAS.items()}
    assert all(extras[extra] == {name} for name, extra in COPYLEFT.items())
    others = re.findall(r"[\w-]+", " ".join(one for name in ("all", "dev") for one in EXTRAS[name] if "[" in one))
    assert not {*COPYLEFT, *COPYLEFT.values()} & {*others, *extras["dev"]}
    readme = (ROOT / "README.md").read_text()
    assert all(f"genwright[{extra}]" in readme for extra in COPYLEFT.values())


def test_no_other_wheel_of_an_extra_holds_the_encoders_that_are_gpl():
    """Of those that are installed."""
    names = {normal(re.match(r"[\w.-]+", one)[0]) for one in USERS} - {"genwright"}
    found = {name for name in names for file in _files_of(name) if re.search(r"lib(x26[45]|xvid)", file)}
    assert found <= set(COPYLEFT)


def _files_of(name: str) -> list[str]:
    try:
        return [str(file) for file in files(name) or ()]
    except PackageNotFoundError:
        return []
