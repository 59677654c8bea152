"""The registry as text: one row a family, one column a verb, in 82 columns before the paper's name."""

from ..zoo import registry

HEADS = {  # of the verbs whose names are longer than their column
    "sample": ("sam-", "ple"),
    "encode": ("en-", "code"),
    "decode": ("de-", "code"),
    "log_prob": ("log-", "prob"),
    "interpolate": ("inter-", "polate"),
    "complete": ("com-", "plete"),
}


def family_table(width: int | None = None) -> str:
    """x: the family has the verb. *: a simple baseline. width: where lines are cut, None for nowhere."""
    heads = [HEADS.get(verb, ("", verb)) for verb in registry.LATENT]
    widths = [max(map(len, head)) for head in heads]
    models = [row for row in registry.rows() if not registry.predicts(row.task)]
    wide = max(len(row.kind) for row in models) + 1
    left = wide + max(len(row.family) + 2 * row.baseline for row in models)

    def line(data: str, family: str, cells: list[str], likelihood: str, paper: str) -> str:
        verbs = " ".join(f"{cell:^{w}}" for cell, w in zip(cells, widths))
        return f"{f'{data:{wide}}{family}':{left}} {verbs} {likelihood:12} {paper}".rstrip()[:width]

    lines = [
        line("", "", [upper for upper, _ in heads], "", ""),
        line("data", "family", [lower for _, lower in heads], "likelihood", "paper"),
    ]
    for row in models:
        marks = ["x" if verb in row.verbs else "-" for verb in registry.LATENT]
        lines.append(line(row.kind, row.family + " *" * row.baseline, marks, row.likelihood or "none", row.paper))
    return "\n".join(lines)


def options_table() -> str:
    """The sampling options of all families: one row for each kind of data and set of options."""
    alike: dict[tuple, list[str]] = {}
    for row in registry.rows():
        if row.sample_options:
            alike.setdefault((", ".join(row.sample_options), row.kind), []).append(row.family)
    rows = [("options of sample", "data", "families")]
    rows += [(*what, ", ".join(families)) for what, families in sorted(alike.items())]
    options, data = (max(len(row[column]) for row in rows) for column in range(2))
    return "\n".join(f"{names:{options}}  {kind:{data}}  {families}" for names, kind, families in rows)


def predictor_table(width: int | None = None) -> str:
    """Families that learn on graphs, one row for each task that they are made for."""
    rows = [
        ("data", "task", "family", "paper"),
        *(
            (row.kind, row.task, row.family + " *" * row.baseline, row.paper)
            for row in registry.rows()
            if registry.predicts(row.task)
        ),
    ]
    data, task, family = (max(len(row[column]) for row in rows) for column in range(3))
    return "\n".join(f"{d:{data}} {t:{task}} {f:{family}}  {paper}".rstrip()[:width] for d, t, f, paper in rows)
