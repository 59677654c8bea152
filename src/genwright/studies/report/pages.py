"""The pages of a study, of common sections: a comparison of models, of files of samples, of predictors, or any other
study. Each builder says which sections its page has, and in which words.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from ...core.limits import lies_inside
from ...run.final_model import used_share
from .advice import BUSY, advice
from .answer import Answer, answers, file_answers
from .costs import cost_of
from .curves import plots_of
from .frame import Frame, frame_of
from .glance import plane, strips
from .numbers import tables_of
from .page import FILE_WORDS, PREDICTION_WORDS, SAMPLE_WORDS, Page, Section
from .picks import replay
from .pictures import MOST_PICTURES, close_look, contact_sheet, drawings, preview, weigh
from .privacy import privacy
from .records import Results, Row, StudyPlan
from .results import CALLED, MEASURED, find, of_properties, predicts, protocol
from .rules import count_nouns, minutes, speak, without_place


def build_page(results: Results, folder: Path) -> Page:
    """The page of a study. results: one row for all seeds of a family."""
    if results.study == MEASURED:
        return files_page(results, folder)
    if results.study != "compare":
        return study_page(results, folder)
    of_predictors = any(map(predicts, results.models + results.baselines))
    return (predictors_page if of_predictors else comparison_page)(results, folder)


# ---------------------------------------------------------------------- builders


def comparison_page(results: Results, folder: Path) -> Page:
    """A comparison of models that sample."""
    return _of_answers(results, folder, SAMPLE_WORDS, privacy)


def predictors_page(results: Results, folder: Path) -> Page:
    """A comparison of models that predict; who is in the training data is told of properties alone."""
    return _of_answers(results, folder, PREDICTION_WORDS, privacy if of_properties(results) else None)


def _of_answers(
    results: Results, folder: Path, words: dict[str, str], tell_privacy: Callable[[Results], list[str]] | None
) -> Page:
    """The page of a comparison, which begins with its answers."""
    taken = answers(results, folder)
    frame = frame_of(results, taken[0].family if taken else None)
    notes, more = said(results, [sentence for answer in taken for sentence in (answer.sentence, answer.warning)])
    seen = (answer_section(results, frame, folder, taken), *look_sections(results, frame, folder, taken))
    sections = (
        *seen,
        Section("more", more),
        Section("numbers", tables_of(results)),
        Section("drawings", drawings(results, folder, room_beside(seen))),
        Section("method", method(results)),
        Section("privacy", tell_privacy(results) if tell_privacy else []),
        Section("plots", plots_of(runs_of(results, folder))),
        Section("costs", list(map(cost_of, results.models + results.baselines))),
        Section("facts", facts(results, [("Repeat", replay(results, folder))])),
    )
    name = results.data["name"]
    verdict = taken[0].verdict if taken else "no pick yet"
    verdict = verdict if taken and verdict.startswith(f"{taken[0].family} ") else verdict[0].lower() + verdict[1:]
    title = f"{name}: {verdict}"
    return Page(title, lead_of(results, words), sections, notes, words, protocol(results))


def files_page(results: Results, folder: Path) -> Page:
    """A measurement of files of samples, of which nothing was trained."""
    found = file_answers(results)
    frame = frame_of(results, found[0].family if found else None)
    notes, more = said(results, [])
    more += [sentence for sentence in results.advice if sentence not in more]
    first, look = answer_section(results, frame, folder, found), look_sections(results, frame, folder, found)
    sections = (
        first,
        Section("more", more),
        *look,
        Section("numbers", tables_of(results)),
        Section("drawings", drawings(results, folder, room_beside([first, *look]))),
        Section("privacy", privacy(results)),
        Section("facts", facts(results)),
    )
    called = results.metrics.get("called", "items")
    title = f"{results.data['name']}: how near samples are to real {called}"
    lead = f"{count_nouns(results.models, 'file', 'files')}, measured alike; nothing was trained."
    return Page(title, lead, sections, notes, FILE_WORDS, protocol(results), shown=len(more))


def study_page(results: Results, folder: Path) -> Page:
    """Any other study, which picks nothing: its numbers."""
    notes, more = said(results, [])
    frame = frame_of(results)
    sections = (
        Section("families", strips(frame, {}) if frame.columns else None),
        Section("more", more + results.advice),
        Section("numbers", tables_of(results)),
        Section("drawings", drawings(results, folder)),
        Section("plots", plots_of(runs_of(results, folder))),
        Section("costs", list(map(cost_of, results.models + results.baselines))),
        Section("facts", facts(results)),
    )
    called = CALLED[results.study]
    title = f"{results.data['name']}: a {called}" if results.data else f"A {called}"
    lead = f"Means over {results.plan.seeds} seeds, each with its 95% interval over them."
    return Page(title, lead, sections, notes, SAMPLE_WORDS, protocol(results))


# ---------------------------------------------------------------------- sections


def answer_section(results: Results, frame: Frame, folder: Path, taken: list[Answer]) -> Section:
    """The answers, the first with a few items beside real ones: those of its family, or of the best where there is no
    pick yet."""
    entries = []
    for number, answer in enumerate(taken):
        known = find(results, answer.family) if answer.family else Row("")
        seen = known if answer.family else leader(frame)
        shown = preview(results, seen, folder) if seen and not number else None
        entries.append(
            dict(
                answer=answer, preview=shown, improving=known.improving, believed=known.believed or "",
                used=used_share(known.config),
            )
        )  # fmt: skip
    return Section("answers", entries)


def leader(frame: Frame) -> Row | None:
    """The row of the best family of a frame."""
    return frame.lines[0].row if frame.lines else None


def look_sections(results: Results, frame: Frame, folder: Path, taken: list[Answer]) -> tuple[Section, ...]:
    """All families, what they sample, and quality against seconds."""
    picked = {answer.criterion: answer.family for answer in taken if answer.family}
    first = taken[0].family if taken else ""
    sheet = contact_sheet(results, frame, folder)
    close = close_look(find(results, first) if first else leader(frame), folder)
    return (
        Section("families", strips(frame, picked, taken[0].tag if taken else "pick") if frame.columns else None),
        Section("look", dict(sheet=sheet, close=close) if sheet or close else None),
        Section("plane", plane(frame, first)),
    )


def room_beside(sections: Iterable[Section]) -> int:
    """Bytes that are left for drawings beside the answers and what the families sample."""
    room = MOST_PICTURES
    for section in sections:
        if section.name == "answers":
            room -= sum(
                weigh(part) for entry in section.content if entry["preview"] for part in entry["preview"]["parts"]
            )
        if section.name == "look" and section.content:
            close = [figure for group in section.content["close"] for figure in group["figures"]]
            room -= sum(map(weigh, [*section.content["sheet"], *close]))
    return room


def said(results: Results, spoken: list[str]) -> tuple[list[str], list[str]]:
    """Sentences that stand out above all, and the others. spoken: what the page says already."""
    unfinished = f"This {CALLED[results.study]} has not finished: here is what was measured so far."
    notes = [*([] if results.finished else [unfinished]), *speak([BUSY], results)]
    known = advice(results) if results.study in ("compare", MEASURED) else []  # what is on record may be older
    return notes, [sentence for sentence in known if sentence not in [*notes, *spoken]]


def lead_of(results: Results, words: dict[str, str]) -> str:
    """A line on what was compared, and how it was measured."""
    data, splits, way = results.data, results.settled.splits, protocol(results)
    trained, simple = count_nouns(results.models, "model", "models"), results.baselines
    beside = f" and {count_nouns(simple, 'simple baseline', 'simple baselines')}" if simple else ""
    how = f" on {splits} splits" * (splits > 1) + f" ({way})" * bool(way)
    return (
        f"{trained}{beside}, {minutes(results.plan.minutes_trained)} on {_cores(results.plan)}, "
        f"{data['items']['test']:,} {words['unseen']}{how}"
    )


def _cores(plan: StudyPlan) -> str:
    return count_nouns(range(plan.core_count), "core", "cores")


def method(results: Results) -> list[str]:
    """Sentences on the way in which the numbers were measured."""
    shares = "so that each has its passes" if results.settled.passes else "for equal times"
    lines = [
        f"The families trained for {minutes(results.plan.minutes_trained)} on {_cores(results.plan)}, {shares}. Time "
        "that one did not need went to those that were still improving. Measuring is not charged to it.",
        "Bars and ± are 95% intervals: Wilson's for shares, which never leave what is possible. Two families are "
        "compared by the interval of their difference, on the same test items where possible. The level is 5% for all "
        "comparisons of a number together (Holm 1979).",
    ]
    if (splits := results.settled.splits) > 1:
        lines.append(
            f"The data are few, so all models were trained and measured on {splits} splits. Numbers are "
            "means, and their intervals cover the choice of split as well."
        )
    return lines


def facts(results: Results, more: list[tuple[str, str]] | None = None) -> list[tuple[str, object]]:
    """(name, value) of data, machine and software."""
    data, machine = results.data, results.machine
    cores = count_nouns(range(machine["cores"]), "core", "cores")
    described = [
        ("Data", ". ".join(sentence.rstrip(".") for sentence in data["described"])),
        ("Items", ", ".join(f"{n:,} {part}" for part, n in data["items"].items())),
        ("Source", without_place(data["source"])),
        ("Licence", data["licence"] or "not stated: ask whoever the data come from before you pass anything on"),
        ("Content", f"hash {data['hash']}"),
    ] if data else []  # fmt: skip
    return [
        *described,
        ("Machine", f"{machine['processor']}, {cores}, {machine['memory'] / 1024:.0f} GiB"),
        ("Software", f"{machine['system']}, Python {machine['python']}, PyTorch {machine['torch']}"),
        ("Seed", results.seed),
        *(more or []),
    ]


def runs_of(results: Results, folder: Path) -> dict[str, Path]:
    """{family: its run folder}, of those inside the folder."""
    return {row.family: folder / row.folder for row in results.models if lies_inside(folder / row.folder, folder)}
