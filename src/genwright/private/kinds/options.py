"""Options of tables that are learned privately."""

from ...kinds.option import Option

PANEL = "Privacy"  # of the help of commands
# fmt: off
OPTIONS = (
    Option("epsilon", float,
        "Learn a table with differential privacy of its rows: epsilon, such as 1. It needs --values.", PANEL,
        metavar="NUMBER", rare=True, spelled="--private"),
    Option("delta", float, "Probability that the promise of --epsilon fails (1e-5).", PANEL, metavar="NUMBER",
        rare=True),
    Option("values", str,
        "File (.toml) of the values that each column may have, which you wrote without looking at the rows.", PANEL,
        metavar="FILE", rare=True),
)
# fmt: on
