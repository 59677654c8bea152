# Tests cli/arguments.py, core/arguments.py, kinds/option.py, kinds/options.py, kinds/shown_options.py,
#   molecules/screen/screen_library.py
"""Each option is declared once, in the signature of the function that people call, and described once, in `Args:`."""

import ast
import re
from collections import Counter
from difflib import SequenceMatcher
from inspect import Parameter, isclass, isfunction, signature, unwrap
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest

import genwright
from genwright.cli.commands import COMMANDS
from genwright.core.arguments import described
from genwright.core.sample_options import OF_COMPLETE, OF_PROGRESS, OF_SAMPLE, ROWS, SampleOptions
from genwright.kinds.options import OPTIONS
from genwright.molecules.design.design_molecules import design
from genwright.molecules.screen.screen_library import screen
from genwright.run.fit import fit
from genwright.run.generator import Generator
from genwright.run.model import Model
from genwright.run.predictor import Predictor
from genwright.run.sampling import Sampling
from genwright.studies.compare.compare_families import compare
from genwright.studies.measure_samples import measure

SOURCE = Path(genwright.__file__).parent
DOORS = {fit: 29, compare: 12, design: 8, screen: 6, measure: 6, genwright.load_data: 20}  # function: options at least
VERBS = [getattr(kind, name) for kind in (Model, Predictor) for name in dir(kind)
         if not name.startswith("_") and isfunction(getattr(kind, name))]  # fmt: skip
REFERENCE = re.compile(r"\b[Aa]s (?:in `([\w.]+)`|for (sample))\.?")
FAMILY_VERBS = {*Model.VERBS.values(), "progress", "noised"}
ALL_ARGUMENTS = ("load_data",)  # functions whose options are rows


def keywords(function) -> dict[str, Parameter]:
    return {name: one for name, one in signature(function).parameters.items() if one.kind is Parameter.KEYWORD_ONLY}


def written_names(function) -> tuple[str, ...]:
    """Names of the parameters that stand in the source of a function, or of the constructor of a class."""
    code = unwrap(function.__init__ if isclass(function) else function).__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + 1]  # one more is its **


def own_parameters(function) -> dict[str, Parameter]:
    """Parameters that stand in the source, by name."""
    return {name: one for name, one in signature(function).parameters.items() if name in written_names(function)}


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
        assert {*parameters} <= {*texts} <= {*parameters} | {*written_names(function)}
    lines = Counter(line.strip().partition(":")[0] for line in (function.__doc__ or "").splitlines() if ": " in line)
    assert all(lines[name] <= 1 for name in texts)
    repeated = {name: f"Default: {one.default}." for name, one in parameters.items() if name in texts}
    assert not [name for name, said in repeated.items() if said in texts[name] and parameters[name].default is not None]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_the_options_of_its_function_and_declares_none_again(name):
    command, function = COMMANDS[name], next((one for one in DOORS if one.__name__ == name), None)
    names = [one.name for one in command.entries]
    assert len({*names}) == len(names)
    assert not [one.name for one in command.entries if one.help.startswith("As in")]  # a reference helps nobody there
    own = {one for one in signature(command.function).parameters} | {*described(command.function)}
    assert function is None or own.isdisjoint(keywords(function))


def options() -> list[tuple[str, str, str, object]]:
    """Name, place, description and function of every option of public functions, verbs, rows and commands."""
    public = [getattr(genwright, name) for name in genwright.__all__]
    methods = [one for name, one in vars(Generator).items() if isfunction(one) and not name.startswith("_")]
    functions = {*filter(isfunction, public), *VERBS, *methods, SampleOptions, Generator, Sampling._sample_blocks}
    functions |= {command.function for command in COMMANDS.values()}
    found = []
    for function in functions:
        texts, own = described(unwrap(function)), own_parameters(function)
        chosen = [one.name for one in own.values() if one.default is not one.empty or one.kind is one.VAR_KEYWORD]
        place = f"{function.__module__}.{function.__qualname__}"
        found += [(name, place, texts[name], function) for name in chosen if name in texts]
    return sorted(found + [(one.name, "OPTIONS", one.help, None) for one in OPTIONS], key=lambda one: one[:3])


def alike(one: str, other: str) -> bool:
    """Whether two descriptions say the same, apart from a default."""
    one, other = (text.partition(" Default:")[0].lower() for text in (one, other))
    return SequenceMatcher(None, one, other).ratio() > 0.9


def test_no_option_is_described_in_two_places():
    known = options()
    said = [one for one in known if not REFERENCE.search(one[2])]
    pairs = [pair for pair in combinations(said, 2) if pair[0][0] == pair[1][0]]
    assert len(known) > 250 and len(pairs) > 150
    assert not [(one[:3], other[1]) for one, other in pairs if alike(one[2], other[2])]


def test_an_option_that_refers_to_a_function_is_declared_as_it_is_there():
    known, checked = options(), 0
    for name, place, text, function in known:
        if not (reference := REFERENCE.search(text)) or function is None:
            continue
        word = (reference[1] or reference[2]).rpartition(".")[2]
        there = [one for one in known if one[0] == name and one[1].endswith(f".{word}") and one[1] != place]
        there.sort(key=lambda one: one[1].rpartition(".")[0] != place.rpartition(".")[0])  # the same class first
        assert there or word in ALL_ARGUMENTS, (name, place, text)
        if reference[0] == text and there and name in own_parameters(there[0][3]):
            mine, theirs = (own_parameters(of)[name] for of in (function, there[0][3]))
            assert (str(mine.annotation), mine.default) == (str(theirs.annotation), theirs.default), (name, place)
            checked += 1
    assert checked >= 20


def verbs_of_families():
    """(class, method) of the methods behind the verbs of a model, as their source has them."""
    for path in (one for one in SOURCE.rglob("*.py") if "families" in one.parts):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                verbs = (one for one in node.body if isinstance(one, ast.FunctionDef) and one.name in FAMILY_VERBS)
                yield from ((node.name, one) for one in verbs)


def test_verbs_of_families_describe_no_option_alike():
    """What `Family` and `SampleOptions` say of an option, and what another family says, is not said again."""
    texts = {}
    for kind, verb in verbs_of_families():
        given = verb.args.args[len(verb.args.args) - len(verb.args.defaults) :] + verb.args.kwonlyargs
        names = {one.arg for one in [*given, verb.args.kwarg] if one}
        stated = described(SimpleNamespace(__doc__=ast.get_docstring(verb))).items()
        for name, text in (pair for pair in stated if pair[0] in names):
            assert not [place for other, place in texts.get(name, ()) if alike(text, other)], (kind, verb.name, name)
            texts.setdefault(name, []).append((text, f"{kind}.{verb.name}"))
    assert texts


def test_sampling_options_are_fields_of_one_class():
    assert [one.name for one in ROWS] == [*signature(SampleOptions).parameters][:-1]
    for verb, taken in ((Model.sample, OF_SAMPLE), (Model.complete, OF_COMPLETE), (Model.progress, OF_PROGRESS)):
        names = [one.name for one in taken]
        assert [name for name in signature(verb).parameters if name in names] == names
        assert not {*names} & {*own_parameters(verb)}


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
