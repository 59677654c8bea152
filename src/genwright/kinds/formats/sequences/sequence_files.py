"""Sequences with names in forms that Biopython reads, and subtitles, whose lines are read here."""

import io
import re
import warnings
from pathlib import Path

from ....core.errors import DataError
from ..forms import forms_of
from ..parsing import parsing
from ..raw import Numbered
from .text_lines import BREAKS, Lines, check_count, lines_of, read_text

ENDS = dict.fromkeys(("genbank", "embl", "imgt", "stockholm", "swiss"), "//")  # {form: last line of each record}
GAPS = re.compile(r"[-.~]")
BLANK, STYLE = re.compile(r"\n[ \t]*\n"), re.compile(r"<[^>]*>|\{[^}]*\}|\\[Nnh]|\|")
# a line of .ass or .ssa, behind nine cells; of .lrc or .sub, behind its times
CUE = re.compile(r"^Dialogue:(?:[^,\n]*,){9}(.*)$|^(?:(?:\[[\d:.]+\])+|\{\d+\}\{\d+\})(.*)$", re.MULTILINE)


def read_records(path: Path) -> tuple[list[str], Lines]:
    """Names, and sequences, whose places are their numbers. Gaps of alignments stay, and are said. Raises DataError for
    a text that Biopython cannot read, and without the package."""
    from Bio import SeqIO

    form, text = forms_of(path.name, "formats.sequences.sequence_files")[0].name, read_text(path)
    if form in ENDS and not text.rstrip().endswith(ENDS[form]):
        raise DataError(
            f"'{path}' ends before the line {ENDS[form]} of its last record: it is cut short; take it whole"
        )
    names, sequences, empty, beside = [], [], 0, {}
    with parsing(f"'{path}'"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for record in SeqIO.parse(io.StringIO(text), form):
            try:
                sequence = str(record.seq)
            except ValueError:  # a record that only says how long it is
                sequence = ""
            empty += not sequence
            told = (*(f"feature {one.type}" for one in record.features), *record.letter_annotations)
            beside |= dict.fromkeys((*told, *record.annotations))
            names += [record.id] * bool(sequence)
            sequences += [sequence] * bool(sequence)
    if not sequences:
        raise DataError(f"'{path}' holds no sequence in the form of its suffix ({form}): check that it is whole")
    check_count(len(sequences), f"'{path}'")
    lines = lines_of("\n".join(sequences), f"'{path}'")
    lines.account.leave_out(empty, "record", "no sequence follows")
    lines.account.see("annotations", beside)
    if gaps := sum(GAPS.search(sequence) is not None for sequence in sequences):
        lines.account.remarks.append(f"{gaps:,} of {len(sequences):,} sequences have gaps, which stay as they are")
    return names, lines._replace(places=Numbered("record", range(1, len(sequences) + 1)))


def read_subtitles(path: Path) -> Lines:
    """What is said or sung, an item a time; a text of several lines becomes one, without the marks of its style."""
    text = BREAKS.sub("\n", read_text(path))
    if "-->" in text:
        cues = [block.partition("-->")[2].partition("\n")[2] for block in BLANK.split(text) if "-->" in block]
    else:
        cues = [match[1] or match[2] or "" for match in CUE.finditer(text)]
    said = [" ".join(STYLE.sub(" ", cue).split()) for cue in cues]
    if not any(said):
        raise DataError(f"'{path}' holds no subtitle: check that it is whole")
    lines = lines_of("\n".join(said), f"'{path}'")
    lines.account.see("parts of subtitles", ["times", *["styles"] * (STYLE.search("".join(cues)) is not None)])
    return lines._replace(places=Numbered("subtitle", lines.places.numbers))
