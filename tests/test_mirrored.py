"""The test of src/genwright/a/b.py is tests/a/test_b.py, or names a/b.py in the comment at its head."""

import re
from pathlib import Path

import genwright

SOURCE, TESTS = Path(genwright.__file__).parent, Path(__file__).parent
HEAD = re.compile(r"\A# Tests ((?:.*\n)(?:#  .*\n)*)")


def modules() -> list[str]:
    """Paths of the modules that define a function or a class, below src/genwright. The contract is a test itself."""
    paths = [path for path in SOURCE.rglob("*.py") if not path.is_relative_to(SOURCE / "contract")]
    defines = lambda path: re.search(r"^(def|class|async def) ", path.read_text(), re.M)
    return sorted(path.relative_to(SOURCE).as_posix() for path in paths if defines(path))


def named(test: Path) -> list[str]:
    """The modules that the head of a test names."""
    head = HEAD.match(test.read_text())
    return re.findall(r"[\w/]+\.py", head[1]) if head else []


def test_every_module_has_a_test():
    known = {module for test in TESTS.rglob("test_*.py") for module in named(test)}
    mirrored = lambda module: (TESTS / module).with_name(f"test_{Path(module).name}").exists()
    lost = [module for module in modules() if module not in known and not mirrored(module)]
    assert not lost, f"no test has the place or the name of {lost}: write '# Tests {lost[0]}' at the head of its test"


def test_named_modules_are_there():
    names = {(test.name, module) for test in TESTS.rglob("test_*.py") for module in named(test)}
    assert not [f"{test} names {module}" for test, module in sorted(names) if not (SOURCE / module).exists()]
