"""Each option is declared once, in the signature of the function that people call, and described once, in `Args:`."""

import ast
from collections import Counter
from inspect import Parameter, isfunction, signature, unwrap
from pathlib import Path

import pytest

import genwright
from genwright.cli.commands import COMMANDS
from genwright.core.arguments import described
from genwright.kinds.kind import OPTIONS
from genwright.molecules.design.design_molecules import design
from genwright.molecules.screen.screen_library import screen
from genwright.run.fit import fit
from genwright.run.model import Model
from genwright.run.predictor import Predictor
from genwright.studies.compare.compare_families import compare
from genwright.studies.measure_samples import measure

SOURCE = Path(genwright.__file__).parent
DOORS = {fit: 29, compare: 12, design: 8, screen: 6, measure: 6, genwright.load_data: 20}  # function: options at least
VERBS = [getattr(kind, name) for kind in (Model, Predictor) for name in dir(kind)
         if not name.startswith("_") and isfunction(getattr(kind, name))]  # fmt: skip


def keywords(function) -> dict[str, Parameter]:
    return {name: one for name, one in signature(function).parameters.items() if one.kind is Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("function", DOORS, ids=lambda one: one.__name__)
def test_a_signature_has_every_option_with_its_type_and_default(function):
    parameters = signature(function).parameters.values()
    assert len(keywords(function)) >= DOORS[function]
    assert not [one for one in parameters if one.kind in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL)]
    assert all(one.annotation is not Parameter.empty for one in parameters)
    assert all(one.default is not Parameter.empty for one in keywords(function).values())


@pytest.mark.parametrize("function", [*DOORS, *VERBS], ids=lambda one: one.__qualname__)
def test_args_describe_each_argument_once_and_repeat_no_default(function):
    texts, parameters = described(function), {**signature(function).parameters}
    parameters.pop("self", None)
    if len(parameters) >= 2 or texts:
        own = parameters | signature(unwrap(function), follow_wrapped=False).parameters
        assert {*parameters} <= {*texts} <= {*own}
    lines = Counter(line.strip().partition(":")[0] for line in (function.__doc__ or "").splitlines() if ": " in line)
    assert all(lines[name] <= 1 for name in texts)
    repeated = {name: f"Default: {one.default}." for name, one in parameters.items() if name in texts}
    assert not [name for name, said in repeated.items() if said in texts[name] and parameters[name].default is not None]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_the_options_of_its_function_and_declares_none_again(name):
    command, function = COMMANDS[name], next((one for one in DOORS if one.__name__ == name), None)
    names = [one.name for one in command.entries]
    assert len({*names}) == len(names)
    own = {one for one in signature(command.function).parameters} | {*described(command.function)}
    assert function is None or own.isdisjoint(keywords(function))


def test_options_of_data_are_declared_in_their_rows_alone():
    rows = {option.name for option in OPTIONS}
    for function in (genwright.load_data, measure):
        own = signature(unwrap(function), follow_wrapped=False).parameters
        assert rows - {"target"} <= {*keywords(function)} and rows.isdisjoint({*own} - {"target"})


def classes():
    """(place, class, its annotated names) of the rooms that know options."""
    for path in (path for room in ("run", "studies", "molecules", "cli") for path in (SOURCE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
                yield path.name, node, {field.target.id: field.value for field in fields}


def test_values_that_carry_options_have_neither_defaults_nor_descriptions():
    """A class all of whose many fields are options of one function is a value of these options."""
    known, found = [{*signature(one).parameters} for one in (fit, compare, design, screen)], 0
    for name, node, fields in classes():
        if len(fields) > 3 and any(fields.keys() <= options for options in known):
            found += 1
            assert "TypedDict" not in map(ast.unparse, node.bases), (name, node.name)
            assert not any(fields.values()) and "Args:" not in (ast.get_docstring(node) or ""), (name, node.name)
    assert found >= 5  # Plan, Place, ComparePlan, DesignPlan, ScreenPlan
