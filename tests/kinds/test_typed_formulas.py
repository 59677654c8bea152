# Tests kinds/tables/formulas.py
"""Formulas of columns: what is typed is read and evaluated as Python would, solved, written again, or refused."""

import ast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genwright.core.errors import DataError
from genwright.kinds.tables.formulas import columns_in, evaluate, quote, read_formulas, solve

NAMES = ("Units", "Unit Price", "from", "µ", "Discount %", "2nd", "a-b", "2021", "it`s", 'the "best"', "Größe (cm)")
PLAIN = ("Units", "Unit Price", "from", "µ", "Discount %", "2nd", "a-b", "Größe (cm)")  # need no quotes
VALUES = dict(zip(NAMES, np.random.default_rng(0).uniform(1, 9, (len(NAMES), 5)).round(2)))


def typed(name: str) -> st.SearchStrategy[str]:
    forms = [quote(name)] + [f"{mark}{name}{mark}" for mark in "\"'" if mark not in name]
    return st.sampled_from([*forms, name] if name in PLAIN else forms)


LEAVES = st.one_of(
    st.sampled_from(NAMES).flatmap(lambda name: typed(name).map(lambda text: (text, f"v[{name!r}]"))),
    st.sampled_from(["2", "0.19", "1e2", ".5", "100."]).map(lambda text: (text, text)),
)
SIGNS = {"+": "+", "-": "-", "*": "*", "/": "/", "×": "*", "÷": "/", "−": "-"}


def joined(inner: st.SearchStrategy) -> st.SearchStrategy:
    both = st.tuples(inner, st.sampled_from(sorted(SIGNS)), inner, st.sampled_from(["", " "]))
    plain = both.map(lambda b: (f"{b[0][0]} {b[1]}{b[3]}{b[2][0]}", f"{b[0][1]} {SIGNS[b[1]]} {b[2][1]}"))
    return st.one_of(plain, plain.map(lambda pair: tuple(f"({part})" for part in pair)), inner.map(negated))


def negated(pair: tuple[str, str]) -> tuple[str, str]:
    return f"-({pair[0]})", f"-({pair[1]})"


EXPRESSIONS = st.recursive(LEAVES, joined, max_leaves=8)


@settings(deadline=None, max_examples=150)
@given(EXPRESSIONS, EXPRESSIONS, st.sampled_from(["=", "==", "<=", "≤", "<", ">=", ">"]))
def test_a_formula_means_what_python_means_and_is_written_so_that_it_is_read_again(left, right, sign):
    text = f"{left[0]} {sign} {right[0]}"
    if "v[" not in left[1] + right[1]:
        with pytest.raises(DataError):
            read_formulas(text, NAMES)
        return
    (comparison,) = read_formulas(text, NAMES)
    for side, (_, code) in ((comparison.left, left), (comparison.right, right)):
        with np.errstate(all="ignore"):
            wanted = eval(code, {"v": VALUES}) if "v[" in code or "/" not in code else None
        if wanted is not None:
            np.testing.assert_array_equal(evaluate(side, VALUES.get), wanted)
    assert read_formulas(str(comparison), columns_in(str(comparison)))[0]._asdict().keys() == {"left", "sign", "right"}
    assert str(read_formulas(str(comparison), NAMES)[0]) == str(comparison)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=4, unique=True))
def test_any_name_of_a_column_can_be_quoted(names):
    (comparison,) = read_formulas(f"{quote(names[0])} = 2 * {quote(names[1])}", names)
    assert columns_in(str(comparison)) == tuple(names[:2])


@settings(deadline=None, max_examples=60)
@given(EXPRESSIONS.filter(lambda pair: "v['Units']" not in pair[1]))
def test_an_equality_is_solved_for_each_column_that_stands_in_it_once(right):
    (comparison,) = read_formulas(f"Units = {right[0]}", NAMES)
    for name, tree in solve(comparison).items():
        values = VALUES | {"Units": evaluate(comparison.right, VALUES.get) + np.zeros(5)}
        solved = evaluate(tree, values.get) + np.zeros(5)
        fits = np.isfinite(solved) & np.isfinite(values["Units"]) & (np.abs(values["Units"]) > 1e-3)
        np.testing.assert_allclose(solved[fits], values[name][fits], rtol=1e-3)


def test_a_chain_is_several_comparisons():
    assert list(map(str, read_formulas("0 <= Units < `Unit Price`", NAMES))) == [
        "0 <= `Units`",
        "`Units` < `Unit Price`",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "", "Units", "Units =", "= Units", "1 = 1", "Units + 1", "Units = Units2", "Unit = 1", "Units = round(from)",
        "Units = 1,5", "Units = 10%", "Units = from ** 2", "Units != 3", "Units = [1]", "Units = 'x", "Units = 1e999",
        "Units = from if µ else 2nd", "Units = (from", "Units = lambda: 1", "Units = from (µ)", "Units = from # all",
        "Units = from; µ", "Units = 007", "Units = 2021 2nd", "Units = " + "(" * 300 + "from" + ")" * 300,
        "Units = " + " + ".join(["from"] * 5000), "Units = \0", "Units := 2", "Units = 1j", "not Units",
        "Units = ~from", "Units = from // 2", "Units is from", "Units in from",
        "Units = __import__('os')", "Units = 'Units'.real",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_in_a_sentence(text):
    with pytest.raises(DataError) as refused:
        read_formulas(text, NAMES)
    assert str(refused.value).startswith("rule '") and ": " in str(refused.value)


def test_the_tree_holds_nothing_but_the_grammar():
    (comparison,) = read_formulas("Units = -from * (1 - µ / 100) + 2", NAMES)
    kinds = {type(node) for side in comparison[::2] for node in ast.walk(side)}
    assert kinds <= {ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub}
