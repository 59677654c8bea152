"""Equations of docstrings as TeX: notation by hand, and what stays prose."""

import equations
import pytest

from genwright.cli.families import equations as of_rows
from genwright.zoo import registry


@pytest.mark.parametrize(
    ("typed", "tex"),
    [
        ("log p(x) >= log 1/K sum_k p(x|z_k)", r"$\log p(x) \ge \log \tfrac{1}{K} \sum_{k} p(x\mid z_{k})$"),
        ("KL(q(z|x) || N(0, I))", r"$\operatorname{KL}(q(z\mid x) \Vert \mathcal{N}(0, I))$"),
        ("E_q(z|x) log p(x | z)", r"$\mathbb{E}_{q(z\mid x)} \log p(x \mid z)$"),
        ("D^-1/2 (A + I) D^-1/2", "$D^{-1/2} (A + I) D^{-1/2}$"),
        ("h_i' = sum_{j in N(i)} w_ij h_j", r"$h_{i}' = \sum_{j \in \mathcal{N}(i)} w_{ij} h_{j}$"),
        ("min  E || s(x_t-1) - z ||^2", r"$\min \mathbb{E} \Vert s(x_{t-1}) - z \Vert ^{2}$"),
        ("|x - m|^2 / 2", r"$\vert x - m\vert ^{2} / 2$"),
        ("the layers of a network, an image and its 16 x 16 pixels", None),
        ("a bound (Burda 2016, eq. 8)", None),
        ("Kipf & Welling 2017", None),
    ],
)
def test_a_line_of_an_equation(typed, tex):
    assert equations.line_markdown(typed).replace("  ", " ") == (typed if tex is None else tex)


def test_prose_keeps_its_words_and_an_equation_its_line():
    docstring = "A flow (Dinh 2017).\n\n    y = f(x),  x in a line\n    z = y + 1\n\nAn image passes `f` once; x stays."
    assert equations.as_markdown(docstring) == [
        "A flow (Dinh 2017).", "",
        "> $y = f(x)$, &emsp; $x$ in a line", ">", "> $z = y + 1$", "",
        "An image passes `f` once; $x$ stays.", "",
    ]  # fmt: skip


def test_no_brace_of_any_family_stays_open():
    for family in dict.fromkeys(row.family for row in registry.ROWS):
        for place, text in of_rows([row for row in registry.ROWS if row.family == family]).items():
            written = "\n".join(equations.as_markdown(text))
            assert written.count("$") % 2 == 0 and "$" in written or ".networks." in f".{place}", place
            sources = written.split("$")[1::2]
            assert all(source.count("{") == source.count("}") for source in sources), place
