"""Docstrings with equations, which are typed as plain text, as Markdown whose equations are TeX between dollar signs.

    log p(x) >= log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x)      (Burda 2016, eq. 8)

The docstring stays the only place of an equation: code and terminal show it as it is typed, the site as TeX.
A text is cut into tokens; each is prose or mathematics, and neighbours of one sort become one piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

GREEK = "alpha beta gamma delta theta lambda sigma tau mu phi psi pi eta xi rho omega".split()
NAMED = {name: f"\\{name}" for name in GREEK} | {
    "eps": r"\varepsilon", "abar": r"\bar\alpha", "grad": r"\nabla", "sum": r"\sum", "prod": r"\prod",
    "int": r"\int", "integral": r"\int", "in": r"\in", "dz": r"\mathrm{d}z", "dt": r"\mathrm{d}t",
    "df": r"\mathrm{d}f", "dx": r"\mathrm{d}x", "dv": r"\mathrm{d}v", "log": r"\log", "exp": r"\exp",
    "ln": r"\ln", "log2": r"\log_2", "max": r"\max", "min": r"\min", "det": r"\det", "cos": r"\cos", "tanh": r"\tanh",
    "argmax": r"\operatorname*{argmax}", "argmin": r"\operatorname*{argmin}", "mean": r"\operatorname*{mean}",
}  # fmt: skip
FUNCTIONS = "softmax sigmoid relu leaky_relu div tr KL CE MLP sg norm agg kinds count left all".split()
PROSE_ALONE = {"sum", "prod", "mean", "max", "min", "in", "log", "exp", "det", "int", "integral", "grad"}  # also words
NEVER = set("and as by else for if is of or the to where with".split())
SIGNS = {
    "<=": r"\le ", ">=": r"\ge ", "=>": r"\Rightarrow ", "<-": r"\leftarrow ", "->": r"\to ", "...": r"\dots ",
    "..": r"\dots ", "||": r"\Vert ", "~": r"\sim ", "*": r"\cdot ", "&": r"\cap ", "{": r"\{", "}": r"\}", "%": r"\%",
    "<": "<", ">": ">", "=": "=", "+": "+", "-": "-", "/": "/", "!": "!", "(": "(", ")": ")", "[": "[", "]": "]",
}  # fmt: skip
OPERATORS = set("= + - / * ~ <= >= => <- -> < > || |".split())
CITED = re.compile(
    r"\((?:[A-Z][a-zé]|(?:[A-Z]-)?[A-Z]{2,}[\w-]*[,;)]|eq\.|section |algorithm |arXiv)(?:(?<=\))|[^()=^|]*\))"
)
WORD = re.compile(
    r"[A-Za-zé]{2,}(?:['-][A-Za-zé0-9]+)+|[A-Za-z]-[A-Za-z]{2,}|[a-z]{3,}\d[a-z]*|[A-Za-zé]+(?:'[A-Za-zé]+)*"
)
CODE = re.compile(
    r"`[^`]+`|\"[^\"]+\"|[a-z][a-z_]*(?:\.[a-z_]+)+(?:\([^)]*\))?|\w+/[\w-]+\.\w+"
    r"|(?!(?:leaky|sum|prod|mean|theta|alpha|sigma)_)[a-z]{3,}_[a-z]{3,}\b"
)
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?(?: x \d+)*")
FRACTION = re.compile(r"(\d+|[a-z])/(\d+|[A-Z])(?![\w(/|]|\.\d)")
LOWER = re.compile(r"(?:[A-Za-z0-9:]|<=?(?=\w))(?:[A-Za-z0-9]|(?:<=?|=|\.\.|[-+,])<?(?=[A-Za-z0-9]))*")
RAISED = re.compile(r"-\d+(?:/\d+)?|-?[A-Za-z]+|\d+")
INDICES = {"ijk", "ijst"}
EXPECTED = re.compile(r"E(?=\[|_[qpxz](?![a-z])|_\{[^}]*~| +(?:\[|\|\||\(\||-?log|KL|grad|H\(|beta|sigma|\|grad|D\())")
PUNCTUATION = ",;:."
RELATION = re.compile(r"\s(=|~|>=|<-)\s")


@dataclass
class Token:
    """A piece of a text. tex: as mathematics, "" where it cannot be any. sort: space, word, atom, number, sign, mark or
    prose; an atom is certainly mathematics, and a word by its neighbours alone."""

    text: str
    tex: str
    sort: str


# ---------------------------------------------------------------------- tokens


def tokens(text: str) -> list[Token]:
    """A line cut into tokens."""
    found, place = [], 0
    while place < len(text):
        token = _token(text, place)
        found.append(token)
        place += len(token.text)
    return found


def _token(text: str, place: int) -> Token:
    rest, before = text[place:], text[place - 1] if place else " "
    if rest[0].isspace():
        return Token(re.match(r"\s+", rest)[0], " ", "space")
    if cited := CITED.match(rest):
        return Token(cited[0], "", "prose")
    if code := CODE.match(rest) or re.match(r"'s\b", rest):
        return Token(code[0], "", "prose")
    if rest[0] in PUNCTUATION and not rest.startswith(".."):
        is_product = rest[0] == "." and before == " " and rest[1:2] == " "
        return Token(rest[0], r"\cdot " if is_product else rest[0], "sign" if is_product else "mark")
    if arrow := re.match(r"-(\w)->", rest):
        return Token(arrow[0], rf"\xrightarrow{{{arrow[1]}}} ", "sign")
    if fraction := FRACTION.match(rest):
        return Token(fraction[0], rf"\tfrac{{{fraction[1]}}}{{{fraction[2]}}}", "atom")
    if number := NUMBER.match(rest):
        return _scripted(number[0], number[0].replace(",", "{,}").replace(" x ", r" \times "), rest, "number")
    if rest.startswith("sqrt("):
        inner = _bracketed(rest[4:])
        return _scripted(f"sqrt{inner}", rf"\sqrt{{{tex(inner[1:-1])}}}", rest)
    if expected := EXPECTED.match(rest) if not before.isalnum() else None:
        return _scripted(expected[0], r"\mathbb{E}", rest)
    if rest.startswith("leaky_relu"):
        return _scripted("leaky_relu", r"\operatorname{leaky\,relu}", rest)
    if word := WORD.match(rest):
        return _of_word(word[0], rest)
    return _sign(rest, before)


def _of_word(word: str, rest: str) -> Token:
    after = rest[len(word) : len(word) + 1]
    if len(word) == 1:
        if numbered := re.match(r"[A-Za-z]\d\b", rest):  # W2
            return _scripted(numbered[0], f"{word}_{{{numbered[0][1:]}}}", rest)
        named = {"N": r"\mathcal{N}", "U": r"\mathcal{U}"}
        body = named.get(word, word) if after and after in "({" else word
        if after == "~":
            return _scripted(f"{word}~", rf"\tilde{{{word}}}", rest)
        if after == "*" and rest[2:3] != " ":
            return _scripted(f"{word}*", f"{{{word}^*}}", rest)
        if re.match(r"[+-](?=[\s);,]|$)", rest[1:]):
            return Token(rest[:2], f"{word}^{{{after}}}", "atom")
        return _scripted(word, body, rest, "letter" if word in "aAI" else "atom")
    if after and after in "_^":
        return _scripted(word, NAMED.get(word) or _text(word), rest)
    if after == "(":
        return _scripted(word, NAMED.get(word) or rf"\operatorname{{{word.replace('-', '{-}')}}}", rest)
    if word in NAMED:
        return _scripted(word, NAMED[word], rest, "word" if word in PROSE_ALONE else "atom")
    if word in FUNCTIONS:
        return Token(word, rf"\operatorname{{{word}}}", "word")
    return Token(word, _text(word), "prose" if word in NEVER else "word")


def _sign(rest: str, before: str) -> Token:
    if rest[0] == "|" and not rest.startswith("||"):
        spaced = before.isspace() and rest[1:2].isspace()
        tight = (before.isalnum() or before in "')") and (rest[1:2].isalnum() or rest[1:2] == ".")
        return _scripted("|", r"\mid " if spaced or tight else r"\vert ", rest, "sign")
    sign = next((sign for sign in SIGNS if rest.startswith(sign)), None)
    if sign is None:
        return Token(rest[0], "", "prose")
    if sign in (")", "]", "}") or (sign == "||" and rest[2:3] in "^_" and rest[2:3]):
        if rest[1:2] == "+" and sign == "]":
            return _scripted("]+", "]_+", rest, "sign")
        return _scripted(sign, SIGNS[sign], rest, "sign")
    return Token(sign, SIGNS[sign], "sign")


def _scripted(text: str, body: str, rest: str, sort: str = "atom") -> Token:
    """A token with the indices, exponents and primes behind it. `rest` begins with `text`."""
    place, prime = len(text), ""
    while place < len(rest) and rest[place] in "_^'":
        sign, behind = rest[place], rest[place + 1 :]
        if sign == "'":
            if rest[place + 1 : place + 2].isalpha():
                break
            body, place = f"{body}'", place + 1
            continue
        if behind[:1] in ("{", "("):
            inner = _bracketed(behind)
            found, script = inner, tex(inner[1:-1])
        else:
            matched = (LOWER if sign == "_" else RAISED).match(behind)
            if not matched:
                break
            found, script = matched[0], _script(matched[0])
            if sign == "_" and body == r"\mathbb{E}" and behind[len(found) : len(found) + 1] == "(":
                inner = _bracketed(behind[len(found) :])
                found, script = found + inner, script + tex(inner)
        body, place = f"{body}{sign}{{{script}}}", place + 1 + len(found)
        sort = sort if sort == "sign" else "atom"
    return Token(rest[:place], body + prime, sort)


def _script(text: str) -> str:
    """An index or exponent as TeX: letters are indices, longer words text."""
    parts = re.findall(r"[A-Za-z]+|\d+|<=|\.\.|.", re.sub(r"^([a-z])(\d)$", r"\1_\2", text))
    word = lambda part: part if len(part) < 3 and part != "in" or part in INDICES else _text(part)
    known = lambda part: f"{NAMED[part]} " if part in NAMED and part != "in" else SIGNS.get(part)
    return "".join(known(part) or word(part) for part in parts).strip()


def _text(word: str) -> str:
    return rf"\text{{{word}}}".replace("_", r"\_")


def _bracketed(text: str) -> str:
    """The text from its first bracket to the one that closes it, or to its end."""
    pairs, depth = {"(": ")", "{": "}", "[": "]"}, 0
    for place, sign in enumerate(text):
        depth += (sign == text[0]) - (sign == pairs[text[0]])
        if not depth:
            return text[: place + 1]
    return text


def tex(text: str) -> str:
    """A text that is mathematics throughout, such as what stands in brackets below a sum."""
    return _spaced(tokens(text)).strip()


def _spaced(run: list[Token]) -> str:
    """The TeX of tokens. Words keep their distance from the letters behind them."""
    joined = "".join(one.tex or _text(one.text) for one in run)
    joined = re.sub(
        r"(\\text\{[^}]*\}) +(?=[A-Za-z]|\\(?:text|operatorname|log|nabla|Vert|s(?:igma|qrt)))", r"\1\\,", joined
    )
    return re.sub(r" {2,}", " ", joined)


# ---------------------------------------------------------------------- prose and mathematics


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """(whether it is mathematics, Markdown or TeX) of the pieces of a line."""
    found = tokens(text)
    is_math = _sorted(found)
    begin = 0
    while begin < len(found):
        end = begin
        while end < len(found) and is_math[end] == is_math[begin]:
            end += 1
        run = found[begin:end]
        shown = _spaced(run) if is_math[begin] else "".join(one.text for one in run)
        yield is_math[begin], shown if run[-1].sort == "space" else shown.rstrip()
        begin = end


def _sorted(found: list[Token]) -> list[bool]:
    """Which tokens are mathematics."""
    solid = [place for place, one in enumerate(found) if one.sort != "space"]
    near = {place: (solid[k - 1] if k else None, solid[k + 1] if k + 1 < len(solid) else None)
            for k, place in enumerate(solid)}  # fmt: skip
    called, pairs = _brackets(found)
    math = [one.sort in ("atom", "sign") for one in found]
    is_word = lambda place: place is not None and found[place].sort in ("word", "prose")
    is_sign = lambda place, signs: place is not None and found[place].text in signs
    is_math = lambda place: place is not None and math[place]
    for place in solid:
        one, (left, right) = found[place], near[place]
        if one.sort == "word" and one.text in PROSE_ALONE:
            sorts = ("atom", "number") if one.text in ("log", "exp") else ("atom",)
            followed = right is not None and found[right].sort in sorts
            math[place] = followed or is_sign(right, ("(", "|", "||", "[", "-"))
        elif one.sort == "word":
            enclosed = called[place] and is_sign(left, ("(", ",", "|", ";")) and is_sign(right, (")", ",", "|", ";"))
            beside = is_sign(left, OPERATORS) or is_sign(right, OPERATORS) or enclosed
            math[place] = beside and not is_word(left) and not is_word(right)
        elif one.sort == "letter":  # "a code" is prose, "a in [0, 1]" is not
            math[place] = not is_word(right) or found[right].text == "in"
    for place in [*solid, *solid]:  # what takes its sort from both sides, which may be of the same kind
        one, (left, right) = found[place], near[place]
        if one.text == "in":
            math[place] = is_math(left) and is_math(right)
        if one.sort == "number" or one.text in ("&", "-", "/", "+"):
            math[place] = (called[place] and one.text != "&") or is_math(left) or is_math(right)
    for opened, closed in pairs.items():  # a bracket is prose with what it begins with
        touches = opened and found[opened - 1].sort == "atom"
        math[opened] = math[closed] = bool(touches or is_math(near[opened][1]))
    for place, one in enumerate(found):  # spaces and marks stand with their neighbours
        if one.sort in ("space", "mark"):
            rest = next((k for k in range(place, len(found)) if found[k].sort not in ("space", "mark")), None)
            parts = one.sort == "mark" and not called[place] and not (rest and found[rest].text in ("..", "..."))
            math[place] = bool(place) and math[place - 1] and is_math(rest) and not parts
    return math


def _brackets(found: list[Token]) -> tuple[list[bool], dict[int, int]]:
    """Which tokens stand in brackets, as `given` in p(x | given), and {opened: closed} of all of them."""
    inside, opened, pairs = [], [], {}
    for place, one in enumerate(found):
        if one.text[:1] in (")", "]") and one.sort in ("sign", "atom") and opened:
            pairs[opened.pop()] = place
        inside.append(bool(opened))
        if one.text in ("(", "["):
            opened.append(place)
    return inside, pairs


def line_markdown(text: str, strict: bool = False) -> str:
    """A line with its mathematics between dollar signs. strict: only what is plainly mathematics, as in prose."""
    parts = []
    for is_math, piece in pieces(text):
        core = piece.strip(f" {PUNCTUATION}") if is_math else ""
        if is_math and (core.strip("()[]{}") and (not strict or _is_plain(core))):
            before, after = piece[: piece.index(core)], piece[piece.index(core) + len(core) :]
            parts.append(f"{before}${core}${after}")
        else:
            parts.append(_source(piece) if is_math else _escaped(piece))
    return "".join(parts)


def _is_plain(core: str) -> bool:
    """Whether TeX from a sentence is mathematics for certain."""
    plain = r"[B-HJ-Za-z]'?|\([\w, ]+\)|\w'?(?: / \w'?)+|[A-Z](?: \w)+"
    return bool(re.search(r"[\\_^=]|[A-Za-z]\(", core) or re.fullmatch(plain, core))


def _source(piece: str) -> str:
    """Markdown of a piece that looked like mathematics and is none."""
    back = {value.strip(): key for key, value in SIGNS.items()}
    return _escaped("".join(back.get(part, part) for part in re.split(r"(\\[a-zA-Z]+ ?)", piece)))


def _escaped(piece: str) -> str:
    code = re.split(r"(`[^`]*`)", piece)
    return "".join(one if one.startswith("`") else re.sub(r"([*_<\\$])", r"\\\1", one) for one in code)


# ---------------------------------------------------------------------- docstrings


def as_markdown(docstring: str) -> list[str]:
    """Lines of Markdown: prose, and equations as quotations, an equation a paragraph."""
    lines = []
    for number, paragraph in enumerate(re.split(r"\n\s*\n", docstring.strip("\n"))):
        lines_here = paragraph.splitlines()
        columns = re.search(r"\S\s{2,}\S", lines_here[0]) or any(re.match(r"\S.*\S\s{3,}\S", one) for one in lines_here)
        whole = number and columns
        for indented, block in [(True, lines_here)] if whole else _blocks(lines_here):
            if indented or (number and _is_equations(block)):
                lines += [*_equations(block), ""]
            else:
                lines += [line_markdown(" ".join(block), strict=True) if not block[0].startswith("* ")
                          else "\n".join(f"* {line_markdown(one[2:], strict=True)}" for one in block), ""]  # fmt: skip
    return lines


def _blocks(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """(whether it is indented, lines) of the parts of a paragraph."""
    margin = min(len(one) - len(one.lstrip()) for one in lines)
    begin = 0
    for place in range(1, len(lines) + 1):
        here = lines[begin].startswith("   ")
        if place == len(lines) or lines[place].startswith("   ") != here:
            yield here or margin >= 4, lines[begin:place]
            begin = place


def _is_equations(block: list[str]) -> bool:
    """Whether lines at the margin are equations: they have columns, or are mostly mathematics."""
    if block[0].startswith("* "):
        return False
    text = " ".join(block)
    maths = sum(len(source) for source, is_math in _lengths(text) if is_math)
    return any("  " in one.strip() for one in block) or maths > 0.55 * len(text)


def _lengths(text: str) -> Iterator[tuple[str, bool]]:
    found = tokens(text)
    yield from zip((one.text for one in found), _sorted(found))


def _equations(block: list[str]) -> list[str]:
    """A block of equations: a table if all its lines have the same three columns or more, else a quotation."""
    rows = [(len(one) - len(one.lstrip()), re.split(r"\s{2,}", one.strip())) for one in block]
    starts = [[found.start() for found in re.finditer(r"(?<=\s\s)\S", one)] for one in block]
    if len(block) > 3 and len(starts[-1]) > 3 and all(one[-3:] == starts[-1][-3:] for one in starts):
        cells = [["", *cells] if len(cells) < len(rows[-1][1]) else cells for _, cells in rows]
        first, *others = (f"| {' | '.join(map(line_markdown, row))} |" for row in cells)
        return [first, "|---" * len(cells[0]) + "|", *others]
    margin, lines = min(indent for indent, _ in rows), []
    for indent, cells in _joined(block):
        shown = [line_markdown(cell) for cell in cells]
        if cells[0] == "min":
            shown[0] = r"$\min$"
        elif len(cells) > 1 and re.fullmatch(r"[A-Za-z][A-Za-z ,-]+:?", cells[0]) and "$" not in shown[0]:
            shown[0] = f"*{shown[0]}*"
        lines += ["> " + "&emsp;" * ((indent - margin) // 4) + " &emsp; ".join(shown), ">"]
    return lines[:-1]


def _cells(line: str) -> list[str]:
    """The parts of a line between gaps; a gap beside an operator divides nothing."""
    label, gap, rest = re.match(r"(\S+)(\s{2,}|)(.*)", line.strip()).groups()
    joined = re.sub(r"(?<=\s\s[-+])\s+(?=\S)|\s+(?=[-+]\s)", " ", rest)
    return [label] * bool(gap) + re.split(r"\s{2,}", joined if gap else label + joined)


def _joined(block: list[str]) -> list[tuple[int, list[str]]]:
    """(indent, cells) of each equation; a line that only goes on with the one before is part of it."""
    found: list[tuple[int, list[str]]] = []
    column = -1  # where the text behind the label of the last equation begins
    for line in block:
        indent, cells = len(line) - len(line.lstrip()), _cells(line)
        text = found[-1][1][-1] if found else ""
        is_open = sum(map(text.count, "([{")) > sum(map(text.count, ")]}"))
        begins = re.match(r"\s*(?:[+-] |[a-z]{2,} [a-z])", line)
        ends = text.rsplit(" ", 1)[-1] in NEVER
        follows = is_open or begins or ends or (indent == column and not RELATION.search(line))
        if found and indent > found[-1][0] and follows:
            found[-1][1][-1] += f" {cells[0]}"
            found[-1][1].extend(cells[1:])
            continue
        found.append((indent, cells))
        second = re.search(r"(?<=\S)\s{2,}(?=\S)", line.lstrip())
        column = indent + second.end() if second else -1
    return found
