"""Options of series, beside those that other kinds of data have too."""

from ...kinds.option import Option

# fmt: off
OPTIONS = (
    Option("stride", int,
        "Rows from one window of a recording to the next (an eighth of --windows).", "Series", metavar="ROWS",
        rare=True),
)
# fmt: on
