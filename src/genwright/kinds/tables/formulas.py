"""Formulas of columns as a person types them, such as `Total = Units * Price * (1 - Discount)`.

A formula compares two expressions by =, <=, <, >= or >; each has columns, numbers, + - * / and parentheses. A column
stands there by its name; a name that could be anything else stands in quotes or backticks. Names become Python names,
Python's own parser reads the rest, and only the nodes of this grammar are let through. In the tree, a column is a
`Name` whose id is the name in backticks, so that `ast.unparse` writes a formula that can be typed again.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from ...core.errors import DataError

INVERSES = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
OPERATIONS = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide}
COMPARISONS = {ast.Eq: "=", ast.LtE: "<=", ast.Lt: "<", ast.GtE: ">=", ast.Gt: ">"}
SIGNS = {"=": "==", "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "≤": "<=", "≥": ">="}
TICKED = re.compile(r"`((?:[^`]|``)+)`")
TOKENS = (
    r"""(?P<quoted>`(?:[^`]|``)+`|"[^"]+"|'[^']+')|(?P<known>{known})|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"""
    r"|(?P<word>[^\W\d]\w*(?: +[^\W\d]\w*)*)|(?P<blank>\s+)|(?P<sign>[<>=]=|[-+*/()<>=×·÷−–≤≥])|(?P<strange>.)"
)
HINTS = {",": "write decimals with a point, as in 1.19", "%": "write a percentage as 10 / 100"}
MAX_SIGNS, MAX_NODES, MAX_NUMBER = 10_000, 600, 1e300  # of a formula, and in it
FUZZ = 1e-6  # share of a tick that floats may be off


class Comparison(NamedTuple):
    """An equality or inequality of two expressions.

    Args:
        left: trees of expressions.
        sign: one of `COMPARISONS`.
        right: trees of expressions.
    """

    left: ast.expr
    sign: str
    right: ast.expr

    def __str__(self) -> str:
        return f"{ast.unparse(self.left)} {self.sign} {ast.unparse(self.right)}"


def quote(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def columns_in(text: str) -> tuple[str, ...]:
    """Returns names of the columns of a formula that this module wrote, in their order."""
    return tuple(dict.fromkeys(name.replace("``", "`") for name in TICKED.findall(text)))


def read_formulas(text: str, names: Collection[str]) -> list[Comparison]:
    """Parses rules that the user typed into comparisons; `0 <= A <= B` has two.

    Raises DataError for a name that is no column, and for what is none of the grammar.

    Args:
        text: The text.
        names: Names of the columns.
    """
    columns: list[str] = []
    code = "".join(_python_tokens(text, names, columns))
    try:
        if len(code) > MAX_SIGNS:
            raise ValueError
        tree = ast.parse(code.strip(), mode="eval").body
        if not columns or not isinstance(tree, ast.Compare) or sum(1 for _ in ast.walk(tree)) > MAX_NODES:
            raise ValueError
        sides = [_check_tree(side, columns) for side in (tree.left, *tree.comparators)]
        signs = [COMPARISONS[type(sign)] for sign in tree.ops]
        comparisons = [Comparison(*parts) for parts in zip(sides, signs, sides[1:])]
        list(map(str, comparisons))  # an error for what is too deep to be written
    except (SyntaxError, ValueError, KeyError, RecursionError, MemoryError):
        raise DataError(
            f"rule '{text}' cannot be read: write columns, numbers, + - * / and parentheses, with =, <=, <, >= or > "
            'between two sides, as in "Total = Units * Price * (1 - Discount)"'
        ) from None
    return comparisons


def _python_tokens(text: str, names: Collection[str], columns: list[str]) -> Iterator[str]:
    """The formula with names c0, c1, ... in the place of columns, which are added to `columns`."""
    plain = sorted((name for name in names if re.search(r"[^\W\d]", name)), key=len, reverse=True)
    edge = lambda sign: r"\b" if re.match(r"\w", sign) else ""
    known = "|".join(f"{edge(name[0])}{re.escape(name)}{edge(name[-1])}" for name in plain) or "(?!)"
    for match in re.finditer(TOKENS.format(known=known), text, re.DOTALL):
        token_kind, token = match.lastgroup, match[0]
        if token_kind in ("quoted", "known", "word"):
            name = token[1:-1].replace("``", "`") if token_kind == "quoted" else token
            if token_kind == "word" and text[match.end() :].lstrip().startswith("("):
                raise DataError(f"rule '{text}' has a function `{name}`: write it with + - * / and parentheses alone")
            if name not in names:
                folded = {other_name.casefold(): other_name for other_name in names}
                near = get_close_matches(name.casefold(), folded, 1, 0.5)
                hint = f"did you mean '{folded[near[0]]}'" if near else f"write one of {', '.join(list(names)[:10])}"
                raise DataError(
                    f"rule '{text}' names '{name}', which is no column of the table: {hint}{'?' * len(near)}"
                )
            columns.append(name)
            yield f" c{len(columns) - 1} "
        elif token_kind == "strange":
            hint = HINTS.get(token, "put a name with such signs in quotes")
            raise DataError(f"rule '{text}' has '{token}', which is no part of a rule: use + - * / ( ), and {hint}")
        elif token == "(" and re.search(r"[\w`\"')] *$", text[: match.start()]):
            raise DataError(f"rule '{text}' has no sign before a parenthesis: write * before each ( that multiplies")
        else:
            yield " " if token_kind == "blank" else SIGNS.get(token, token)


def _check_tree(node: ast.expr, columns: Sequence[str]) -> ast.expr:
    """The tree with columns in backticks. Raises ValueError for a node that the grammar has not."""
    match node:
        case ast.Name():
            return ast.Name(quote(columns[int(node.id[1:])]))
        case ast.Constant(value=int() | float() as value) if abs(value) < MAX_NUMBER:
            return node
        case ast.UnaryOp(op=ast.USub()):
            return ast.UnaryOp(node.op, _check_tree(node.operand, columns))
        case ast.BinOp() if type(node.op) in OPERATIONS:
            return ast.BinOp(_check_tree(node.left, columns), node.op, _check_tree(node.right, columns))
    raise ValueError


def evaluate(node: ast.expr, numbers: Callable[[str], np.ndarray]) -> np.ndarray:
    """Returns values of an expression.

    Args:
        numbers: name of a column -> (n,) float64.
    """
    if isinstance(node, ast.Name):
        return numbers(*columns_in(node.id))
    if isinstance(node, ast.Constant):
        return np.float64(node.value)
    if isinstance(node, ast.UnaryOp):
        return -evaluate(node.operand, numbers)
    with np.errstate(all="ignore"):
        return OPERATIONS[type(node.op)](evaluate(node.left, numbers), evaluate(node.right, numbers))


def divisors(comparison: Comparison) -> list[ast.expr]:
    nodes = (node for side in (comparison.left, comparison.right) for node in ast.walk(side))
    return [node.right for node in nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]


def solve(comparison: Comparison) -> dict[str, ast.expr]:
    """Solves an equality for its columns: {column: the expression that it equals} of an equality, for each column that
    stands in it once; a column that stands alone on its side comes first."""
    left, sign, right = comparison
    if sign != "=":
        return {}
    counts = Counter(name for side in (left, right) for name in _names(side))
    solutions = {}
    for side, other_side in ((left, right), (right, left)):
        solutions |= {name: _isolate(name, side, other_side) for name in _names(side) if counts[name] == 1}
    lone_names = [name for side in (left, right) if isinstance(side, ast.Name) for name in _names(side)]
    return {name: solutions[name] for name in dict.fromkeys([*lone_names, *solutions]) if name in solutions}


def _names(node: ast.expr) -> list[str]:
    return [name for part in ast.walk(node) if isinstance(part, ast.Name) for name in columns_in(part.id)]


def _isolate(name: str, side: ast.expr, value: ast.expr) -> ast.expr:
    """What a column is if `side`, in which it stands once, equals `value`."""
    while not isinstance(side, ast.Name):
        if isinstance(side, ast.UnaryOp):
            side, value = side.operand, ast.UnaryOp(ast.USub(), value)
            continue
        is_left, op = name in _names(side.left), side.op
        other_side, inner = (side.right, side.left) if is_left else (side.left, side.right)
        if is_left or isinstance(op, (ast.Add, ast.Mult)):
            value = ast.BinOp(value, INVERSES[type(op)](), other_side)
        else:
            value = ast.BinOp(other_side, op, value)
        side = inner
    return value


# ---------------------------------------------------------------------- numbers


class Rounding(NamedTuple):
    """A way to round. of(ticks) -> whole ticks.

    Args:
        is_nearest: whether no number moves by more than half a tick.
    """

    of: Callable[[np.ndarray], np.ndarray]
    is_nearest: bool = False


ROUNDINGS = {
    "half even": Rounding(np.rint, True),
    "half up": Rounding(lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5 + FUZZ), True),
    "down": Rounding(lambda x: np.sign(x) * np.floor(np.abs(x) + FUZZ)),
    "up": Rounding(lambda x: np.sign(x) * np.ceil(np.abs(x) - FUZZ)),
}
HOLDS = {  # (left - right, within) -> whether the comparison holds
    "=": lambda gap, tolerance: np.abs(gap) <= tolerance,
    "<=": lambda gap, tolerance: gap <= tolerance,
    ">=": lambda gap, tolerance: gap >= -tolerance,
    "<": lambda gap, tolerance: gap < 0,
    ">": lambda gap, tolerance: gap > 0,
}


# ---------------------------------------------------------------------- texts of found rules


def order_text(low: str, high: str) -> str:
    return f"{quote(low)} <= {quote(high)}"


def sum_text(total: str, parts: Sequence[str], weights: Sequence[float], constant: float) -> str:
    """Writes an equality of sums: total = weights . parts + constant; a sum of columns that is constant is written as
    such."""
    if all(weight == -1 for weight in weights):
        return f"{' + '.join(map(quote, (total, *parts)))} = {_number(constant)}"
    terms = [(weight < 0, _term(abs(weight), quote(part))) for part, weight in zip(parts, weights)]
    if constant:
        terms.append((constant < 0, _number(abs(constant))))
    (minus, first), *other_terms = sorted(terms, key=lambda term: term[0])
    other_terms = "".join(f" {'+-'[sign]} {term}" for sign, term in other_terms)
    return f"{quote(total)} = {'-' * minus}{first}{other_terms}"


def product_text(total: str, parts: Sequence[str], forms: Sequence[str], times: float) -> str:
    """Writes an equality of products, total = times x the factors.

    Args:
        forms: Forms of each a key of `FORMS`.
    """
    numerator = [FORMS[form][0].format(quote(part)) for part, form in zip(parts, forms) if form != "1 / x"]
    denominator = [f" / {quote(part)}" for part, form in zip(parts, forms) if form == "1 / x"]
    first = [_number(times)] if times != 1 or not numerator else []
    return f"{quote(total)} = {' * '.join([*first, *numerator])}{''.join(denominator)}"


def _term(weight: float, part: str) -> str:
    if weight == 1:
        return part
    over = next((span for span in (24, 1_440, 86_400) if weight == 1 / span), None)
    return f"{part} / {over}" if over else f"{_number(weight)} * {part}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)


FORMS = {  # of a factor in a product: as it is written, and (n,) -> (n,)
    "x": ("{}", lambda x: x),
    "1 / x": ("1 / {}", lambda x: 1 / x),
    "1 - x": ("(1 - {})", lambda x: 1 - x),
    "1 + x": ("(1 + {})", lambda x: 1 + x),
    "1 - x / 100": ("(1 - {} / 100)", lambda x: 1 - x / 100),
    "1 + x / 100": ("(1 + {} / 100)", lambda x: 1 + x / 100),
}
