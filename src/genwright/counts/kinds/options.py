"""Options of counts, beside those that other kinds of data have too."""

from ...kinds.option import Option

# fmt: off
OPTIONS = (
    Option("layer", str,
        "Matrix of an AnnData that holds the counts: X, a layer, or raw (X, if it holds whole numbers, else the first "
        "layer that does).", "Counts", rare=True),
)
# fmt: on
