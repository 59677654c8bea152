"""What a file of SPSS or Stata says of its columns beside their cells: labels of columns and of values, codes that
stand for missing cells, and how numbers are shown. Tables that come back as such a file have the same codes and labels.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import floor, inf, isfinite

import pandas as pd

Code = float | str
SCALES = ("nominal", "ordinal", "scale", "unknown")


@dataclass(frozen=True)
class Variable:
    """One column.

    Args:
        label: what it is called in words.
        values: each code with its label. Two codes may have one label.
        missing: (lowest, highest) code of each range of codes that stand for missing cells; None is without end.
        format: by which SPSS shows it, such as "F8.2" or "DATE11".
        measure: of `SCALES`.
        width: letters of its column on the screen.
        whole: whether all its numbers are whole.
    """

    label: str = ""
    values: tuple[tuple[Code, str], ...] = ()
    missing: tuple[tuple[Code | None, Code | None], ...] = ()
    format: str = ""
    measure: str = "unknown"
    width: int = 8
    whole: bool = False

    @property
    def texts(self) -> dict[Code, str]:
        """The labels of codes. {code: its label}; a label of several codes is followed by the code."""
        count = Counter(label for _, label in self.values)
        return {code: label if count[label] == 1 else f"{label} ({_spelled(code)})" for code, label in self.values}

    def empty_missing(self, cells: pd.Series) -> pd.Series:
        """Cells without the codes that stand for missing ones."""
        for low, high in self.missing:
            if isinstance(low, str):
                gone = cells == low
            else:
                gone = (cells >= (-inf if low is None else low)) & (cells <= (inf if high is None else high))
            cells = cells.mask(gone)
        return cells

    def read(self, cells: pd.Series) -> pd.Series | None:
        """Labels in the place of codes; None where some have no label."""
        texts, seen = self.texts, cells[cells.notna()].unique()
        if not len(seen) or not all(isinstance(texts.get(code), str) for code in seen):
            return None
        return cells.map(texts).astype("str").where(cells.notna())

    def write(self, cells: pd.Series) -> tuple[pd.Series, dict[Code, str]]:
        """Codes in the place of labels, and the labels of codes; a text that is no label of the file gets a code of its
        own beyond all others."""
        labels = dict(self.values)
        if not labels or pd.api.types.is_numeric_dtype(cells) or cells.dtype.kind == "M":
            return cells, labels
        codes = {text: code for code, text in self.texts.items()}
        of_text = any(isinstance(code, str) for code in labels)
        for text in cells.dropna().astype(str).unique():
            if text not in codes:
                codes[text] = text if of_text else float(floor(max(labels)) + 1)
                labels |= {} if of_text else {codes[text]: text}
        coded = cells.astype(object).map(lambda text: codes[str(text)], na_action="ignore")
        return coded if of_text else coded.astype(float), labels


def _spelled(code: Code) -> str:
    return code if isinstance(code, str) else f"{code:g}"


def codebook_to_json(codebook: Mapping[str, Variable]) -> dict[str, dict]:
    """Writes a codebook as JSON. {column: its parts}, without those that are as usual."""
    is_usual = lambda variable, part: getattr(variable, part.name) == part.default
    told = lambda variable: [part.name for part in fields(Variable) if not is_usual(variable, part)]
    return {
        str(name): {part: getattr(variable, part) for part in told(variable)} for name, variable in codebook.items()
    }


def codebook_from_json(record: Mapping[str, Mapping]) -> dict[str, Variable]:
    """Raises ValueError or TypeError for what is no codebook."""
    return {name: _checked(**about) for name, about in record.items()}


def _checked(values: tuple = (), missing: tuple = (), **others: object) -> Variable:
    variable = Variable(values=tuple((c, t) for c, t in values), missing=tuple((a, b) for a, b in missing), **others)
    ends = [end for pair in variable.missing for end in pair if end is not None]
    codes = [code for code, _ in variable.values] + ends
    texts = [variable.label, variable.format, *(text for _, text in variable.values)]
    is_code = lambda code: isinstance(code, str) or (type(code) in (int, float) and isfinite(code))
    plain = type(variable.width) is int and type(variable.whole) is bool and variable.measure in SCALES
    alike = len({isinstance(code, str) for code in codes}) < 2
    if not (plain and alike and all(isinstance(text, str) for text in texts) and all(map(is_code, codes))):
        raise ValueError("no column of a codebook")
    return variable
