"""What a file is by its first bytes, where its name does not say it, or says it wrongly."""

import re

HEAD = 4096  # bytes looked at
SIGNATURES = (  # first bytes, and the suffix under which such a file is read
    (rb"PAR1", ".parquet"),
    (rb"ARROW1\0\0", ".arrow"),
    (rb"ORC", ".orc"),
    (rb"SQLite format 3\0", ".db"),
    (rb"\x89HDF\r\n\x1a\n", ".h5"),
    (rb"CDF[\x01\x02]", ".nc"),
    (rb"MATLAB 5.0 MAT-file", ".mat"),
    (rb"<stata_dta>|[\x71-\x76][\x01\x02]\x01\0", ".dta"),
    (rb"\$FL[23]", ".sav"),
    (rb"PK\x03\x04.{26}(\[Content_Types\]|_rels/|docProps/|xl/).{0,4000}?xl/", ".xlsx"),  # no zip that holds one
    (rb"\xd0\xcf\x11\xe0", ".xls"),
    (rb"\x93NUMPY", ".npy"),
    (rb"RIFF....WAVE", ".wav"),
    (rb"MThd", ".mid"),
    (rb"\x80[\x02-\x05]", ".pkl"),
    (rb"RD[XA][23]\n", ".rdata"),
    (rb"%PDF", ".pdf"),
    (rb"7z\xbc\xaf\x27\x1c", ".7z"),
    (rb"Rar!", ".rar"),
)
TEXTS = (  # the same of texts, whatever stands before
    (r"@relation\b", ".arff"),
    (r"<(!doctype html|html|table)\b", ".html"),
    (r"[\[{]", ".json"),
    (r">[^\n]*\n[A-Za-z*-]+\s", ".fasta"),
)


def suffix_of(start: bytes, texts: bool = True) -> str | None:
    """The suffix under which a file is read; None where that cannot be told.

    Args:
        start: first HEAD bytes of the file.
        texts: whether texts are told as well, which are less certain.
    """
    for begin, suffix in SIGNATURES:
        if re.match(begin, start, re.DOTALL):
            return suffix
    if not texts:
        return None
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 4:
            return None
        text = start[: error.start].decode("utf-8-sig")
    if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text):
        return None
    lines = "\n".join(line for line in text.splitlines() if line.strip() and not line.startswith("%"))
    for begin, suffix in TEXTS:
        if re.match(begin, lines, re.IGNORECASE):
            return suffix
    first, end, _ = lines.partition("\n")
    return ".csv" if end and any(mark in first for mark in ",;\t|") else None
