"""Forms of files: one row for each, from which the loader chooses a reader, a message says what a file is, and the docs
draw their table.

A file is told by its first bytes before its name: they say what it is where the suffix is missing or wrong.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from ...core.errors import DataError
from ...core.manifest import Package, take_packages
from .form import KINDS, Form

HEAD = 4096  # bytes that are looked at
NAMED = 2  # suffixes of a kind that a message names


HDF5, OFFICE = rb"\x89HDF\r\n\x1a\n", rb"PK\x03\x04.{26}(\[Content_Types\]|_rels/|docProps/|xl/).{0,4000}?xl/"
OLD_OFFICE = rb"\xd0\xcf\x11\xe0"
TABLE_FORMS = (
    Form("tables", "a table as text", (".csv", ".tsv"), "formats.tables.delimited:read_delimited", packed=True,
         writers=("formats.tables.write_table:write_delimited",)),
    Form("tables", "rows as JSON", (".json",), "formats.tables.json_records:read_records", r"[\[{]", packed=True,
         writers=("formats.tables.write_forms:write_json",)),
    Form("tables", "rows as lines of JSON", (".jsonl", ".ndjson"), "formats.tables.json_records:read_records",
         packed=True,
         writers=("formats.tables.write_forms:write_json_lines",)),
    Form("tables", "a table in Parquet", (".parquet",), "formats.tables.binary_tables:read_parquet", b"PAR1",
         writers=("formats.tables.write_table:write_parquet",)),
    Form("tables", "a table in Feather", (".feather",), "formats.tables.binary_tables:read_feather", b"ARROW1",
         writers=("formats.tables.write_table:write_feather",)),
    Form("tables", "a table in Arrow", (".arrow", ".ipc", ".arrows"), "formats.tables.other_tables:read_arrow",
         rb"ARROW1|\xff{4}..\0\0", writers=("formats.tables.write_forms:write_arrow",)),
    Form("tables", "a table in ORC", (".orc",), "formats.tables.other_tables:read_orc", b"ORC",
         writers=("formats.tables.write_forms:write_orc",)),
    Form("tables", "a workbook of Excel", (".xlsx",), "formats.tables.workbooks:read_workbook", OFFICE,
         writers=("formats.tables.write_table:write_workbook",)),
    Form("tables", "a workbook of Excel with macros", (".xlsm",), "formats.tables.workbooks:read_workbook", OFFICE),
    Form("tables", "a workbook of old Excel", (".xls",), "formats.tables.other_tables:read_other_workbook", OLD_OFFICE),
    Form("tables", "a binary workbook of Excel", (".xlsb",), "formats.tables.other_tables:read_other_workbook", OFFICE),
    Form("tables", "a workbook of LibreOffice", (".ods",), "formats.tables.other_tables:read_other_workbook",
         rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet",
         writers=("formats.tables.write_forms:write_ods",)),
    Form("tables", "a table of Stata", (".dta",), "formats.tables.other_tables:read_stata",
         rb"<stata_dta>|[\x66-\x76][\x00-\x02][\x01\x00]\x00", writers=("formats.tables.write_forms:write_stata",)),
    Form("tables", "a table of SPSS", (".sav", ".zsav"), "formats.tables.other_tables:read_spss", rb"\$FL[23]",
         "pyreadstat",
         "science", writers=("formats.tables.write_forms:write_spss",)),
    Form("tables", "a portable table of SPSS", (".por",), "formats.tables.other_tables:read_spss", "", "pyreadstat",
         "science"),
    Form("tables", "a table of SAS", (".sas7bdat",), "formats.tables.other_tables:read_sas",
         rb"\0{12}\xc2\xea\x81\x60\xb3\x14\x11\xcf"),
    Form("tables", "a table of SAS for transport", (".xpt", ".xport"), "formats.tables.other_tables:read_sas_transport",
         b"HEADER RECORD[*]{7}LIBV?8? +HEADER RECORD|HEADER RECORD[*]{7}LIBRARY HEADER"),
    Form("tables", "a data frame of R", (".rds", ".rdata", ".rda"), "formats.tables.other_tables:read_r", "", "pyreadr",
         "r"),
    Form("tables", "a table of Weka", (".arff",), "formats.tables.other_tables:read_arff", r"@relation\b"),
    Form("tables", "a table in a page of HTML", (".html", ".htm"), "formats.tables.other_tables:read_html",
         r"<(!doctype html|html|table)\b"),
    Form("tables", "columns parted by spaces", (".dat", ".prn"), "formats.tables.delimited:read_delimited", packed=True,
         name="blanks"),
    Form("tables", "arrays of Matlab", (".mat",), "formats.tables.array_files:read_matlab",
         rb"MATLAB [57]\.\d MAT-file"),
    Form("tables", "arrays of old Matlab", (".mat",), "formats.tables.array_files:read_matlab"),
    Form("tables", "arrays in HDF5", (".h5", ".hdf5", ".hdf"), "formats.tables.array_files:read_hdf5", HDF5, "h5py",
         "science"),
    Form("tables", "counts of AnnData", (".h5ad",), "formats.tables.array_files:read_anndata", HDF5, "h5py",
         "science"),
    Form("tables", "variables in NetCDF", (".nc", ".nc4", ".cdf"), "formats.tables.array_files:read_netcdf",
         rb"CDF[\x01\x02\x05]|" + HDF5),
    Form("tables", "a database of SQLite or DuckDB", (".db", ".db3", ".sqlite", ".sqlite3", ".duckdb", ".ddb"),
         "formats.tables.databases:read_database", rb"SQLite format 3\0|.{8}DUCK"),
)  # fmt: skip
NUMPY_FORMS = (
    Form("images", "an array of NumPy: images or rows", (".npy",), "formats.numpy_arrays:read_arrays", rb"\x93NUMPY"),
    Form("images", "arrays of NumPy: images, clips, rows, graphs, music or a sparse matrix", (".npz",),
         "formats.numpy_arrays:read_arrays", writers=("formats.tables.write_table:write_arrays",
         "formats.images.pictures:write_arrays")),
    Form("images", "IDX: images or rows", (".idx", ".idx3", "-ubyte"), "formats.images.idx:read_idx_pictures",
         packed=True),
)  # fmt: skip
PILLOW = "formats.images.image_files:open_by_pillow"
IMAGE_FORMS = (  # those without `begin` are tried on files of their own suffix alone
    Form("images", "PNG", (".png", ".apng"), PILLOW, rb"\x89PNG\r\n\x1a\n", name="PNG",
         writers=("formats.images.pictures:write_sheet",)),
    Form("images", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), PILLOW, rb"\xff\xd8\xff", name="JPEG"),
    Form("images", "WebP", (".webp",), PILLOW, rb"RIFF....WEBP", name="WEBP"),
    Form("images", "GIF: one image, or a clip", (".gif",), PILLOW, rb"GIF8[79]a", name="GIF"),
    Form("images", "TIFF", (".tif", ".tiff"), PILLOW, rb"II[*+]\0|MM\0[*+]", name="TIFF",
         writers=("formats.images.pictures:write_pages",)),
    Form("images", "BMP", (".bmp",), PILLOW, rb"BM.{4}\0{4}", name="BMP"),
    Form("images", "PPM", (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"), PILLOW, rb"P[1-7fF]\s", name="PPM"),
    Form("images", "JPEG 2000", (".jp2", ".j2k", ".jpx", ".jpf", ".jpc", ".j2c"), PILLOW,
         rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", name="JPEG2000"),
    Form("images", "AVIF", (".avif",), PILLOW, rb".{4}ftypavi[fs]", name="AVIF"),
    Form("images", "Photoshop", (".psd",), PILLOW, b"8BPS", name="PSD"),
    Form("images", "QOI", (".qoi",), PILLOW, b"qoif", name="QOI"),
    Form("images", "DDS", (".dds",), PILLOW, b"DDS ", name="DDS"),
    Form("images", "FITS", (".fits",), PILLOW, b"SIMPLE  =", name="FITS"),
    Form("images", "Sun raster", (".ras",), PILLOW, rb"\x59\xa6\x6a\x95", name="SUN"),
    Form("images", "ICO", (".ico",), PILLOW, rb"\0\0\x01\0.\0", name="ICO"),
    Form("images", "TGA", (".tga", ".icb", ".vda", ".vst"), PILLOW, name="TGA"),
    Form("images", "PCX", (".pcx",), PILLOW, name="PCX"),
    Form("images", "SGI", (".sgi", ".bw"), PILLOW, name="SGI"),
    Form("images", "DIB", (".dib",), PILLOW, name="DIB"),
    Form("images", "HEIC", (".heic", ".heif", ".hif"), "formats.images.image_files:open_heic",
         rb".{4}ftyp(hei[cmsx]|hev[cx]|m[is]f1)", "pillow_heif", "heic"),
    Form("images", "DICOM", (".dcm", ".dicom", ".ima"), "formats.images.image_files:open_dicom", rb".{128}DICM",
         "pydicom",
         "science"),
)  # fmt: skip
BIOPYTHON = "formats.sequences.sequence_files:read_records"
TEXT_FORMS = (
    Form("sequences", "lines of text, or a table", (".txt",), "formats.sequences.text_lines:read_lines", packed=True,
         writers=("sequences.domain:write_lines",)),
    Form("sequences", "sequences in FASTA", (".fasta", ".fa", ".faa", ".fna", ".ffn"),
         "formats.sequences.text_lines:read_fasta", r">[^\n]*\n[A-Za-z*-]+\s", packed=True,
         writers=("sequences.domain:write_fasta",)),
    *(Form("sequences", f"sequences in {called}", suffixes, BIOPYTHON, begin, "Bio", "bio", True, name)
      for called, suffixes, begin, name in (
        ("FASTQ", (".fastq", ".fq"), "", "fastq"),
        ("GenBank", (".gb", ".gbk", ".gbff", ".genbank", ".gp"), r"LOCUS +\S+ +\d+ (bp|aa)", "genbank"),
        ("EMBL", (".embl",), r"ID   \S", "embl"), ("IMGT", (".imgt",), "", "imgt"),
        ("Stockholm", (".sto", ".stk", ".stockholm"), r"# STOCKHOLM", "stockholm"),
        ("Clustal", (".aln", ".clustal", ".clustalw", ".clw"), r"CLUSTAL", "clustal"),
        ("PHYLIP", (".phy", ".phylip"), "", "phylip-relaxed"), ("NEXUS", (".nex", ".nexus", ".nxs"), "#NEXUS", "nexus"),
        ("PIR", (".pir",), "", "pir"), ("Swiss-Prot", (".swiss",), "", "swiss"))),
    Form("sequences", "subtitles", (".srt", ".vtt", ".ass", ".ssa", ".sub", ".lrc"),
         "formats.sequences.sequence_files:read_subtitles", r"WEBVTT|\[Script Info\]", packed=True),
)  # fmt: skip
POINT_FORMS = (
    Form("points", "points in XYZ", (".xyz",), "points.point_files:parse_xyz", packed=True,
         writers=("points.domain:write_xyz",)),
    Form("points", "molecules in SDF", (".sdf", ".mol", ".mdl"), "points.point_files:parse_sdf", packed=True,
         writers=("points.domain:write_sdf",)),
    Form("points", "a structure of PDB", (".pdb", ".ent"), "points.structure_files:parse_pdb", packed=True,
         name="MolFromPDBBlock"),
    Form("points", "molecules in MOL2", (".mol2",), "points.structure_files:parse_mol2", "@<TRIPOS>MOLECULE",
         packed=True, name="MolFromMol2Block"),
    Form("points", "a structure in CIF", (".cif", ".mmcif"), "points.structure_files:parse_cif", packed=True),
)  # fmt: skip
VOLUME = (
    "volumes, and models learn images: cut slices with python -c \"import nibabel, numpy; v = nibabel.load('{file}')"
    ".get_fdata(); numpy.save('slices.npy', numpy.moveaxis(v, 2, 0).astype('int16'))\" and give slices.npy"
)
SOUND = 'sound that is not read: turn each file into WAV with ffmpeg -i "{file}" "{stem}.wav"'
PANDOC = ", not plain text: turn it into text with pandoc {file} -t plain -o {stem}.txt"
PICKLE = (
    "which can run any code and is never opened: save arrays with numpy.savez, a table with to_parquet, a graph with "
    "networkx.write_graphml"
)
UNREAD_FORMS = (
    Form("", f"a file of {VOLUME}", (".nii", ".nii.gz", ".mgz", ".mgh")),
    Form("", f"AAC, {SOUND}", (".m4a", ".aac"), begin=rb".{4}ftyp(M4A|mp4|isom)"),
    Form("", f"a file of {SOUND}", (".wma", ".amr", ".mka")),
    Form("", f"a document (Word){PANDOC}", (".docx", ".doc"),
         begin=rb"PK\x03\x04.{26}(\[Content_Types\]|_rels/|docProps/|word/).{0,4000}?word/"),
    Form("", f"a document (OpenDocument){PANDOC}", (".odt",),
         begin=rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.text"),
    Form("", f"a document (RTF){PANDOC}", (".rtf",), begin=r"\{\\rtf"),
    Form("", f"a document (EPUB){PANDOC}", (".epub",), begin=rb"PK\x03\x04.{26}mimetypeapplication/epub"),
    Form("", "a document (PDF), not plain text: turn it into text with pdftotext {file} {stem}.txt", (".pdf",),
         begin=b"%PDF-"),
    Form("", f"a pickle of Python, {PICKLE}", (".pkl", ".pickle", ".joblib"), begin=rb"\x80[\x02-\x05]"),
    Form("", f"a pickle of PyTorch, {PICKLE}", (".pt", ".pth", ".ckpt"), begin=rb"PK\x03\x04.{26}[^/]{1,60}/data\.pkl"),
    Form("", "an archive of 7-Zip: unpack it with 7z x {file}, and give what it holds", (".7z",),
         begin=rb"7z\xbc\xaf\x27\x1c"),
    Form("", "an archive of RAR: unpack it with unrar x {file}, and give what it holds", (".rar",), begin=b"Rar!"),
    Form("", "a database of Access: mdb-export {file} TABLE > {stem}.csv", (".mdb", ".accdb"),
         begin=rb"\0\x01\0\0Standard (Jet|ACE) DB"),
    Form("", "a text in Markdown: pandoc {file} -o {stem}.html makes a page of its table, which is read",
         (), begin=r"[|][^\n]*\n[|]?[ :]*-{2,}[-|: ]*\n"),
    Form("", "XML of its own form: python -c \"import pandas; pandas.read_xml('{file}').to_csv('{stem}.csv')\" makes a "
         "table of it", (), begin=r"<\?xml(?!.*<(score-|mei\b|graphml|gexf|html))"),
    Form("", "Feather of version 1: read it with pandas.read_feather and write it as .parquet", (), begin=b"FEA1"),
)  # fmt: skip
PARSED_BY_OTHERS = [  # readers that hand files to libraries in C or Rust, or that recurse: they may die, or never end
    "formats.tables.other_tables:read_other_workbook", "formats.tables.other_tables:read_spss",
    "formats.tables.other_tables:read_sas", "formats.tables.other_tables:read_r",
    "formats.tables.other_tables:read_sas_transport", "formats.tables.other_tables:read_html",
    "formats.tables.array_files:read_matlab",
    "formats.tables.array_files:read_hdf5", "formats.tables.array_files:read_anndata",
    "formats.tables.array_files:read_netcdf",
    "formats.tables.databases:read_database", "formats.images.image_files:open_heic",
    "formats.images.image_files:open_dicom", BIOPYTHON, "points.structure_files:parse_pdb",
    "points.structure_files:parse_mol2", "points.structure_files:parse_cif",
]  # fmt: skip
SECONDS_A_MB = 2.0  # of the processor that reading may take
SLOW_READERS = {  # seconds a MB of those that real files took more than half of that: about thrice what they took
    "formats.tables.workbooks:read_workbook": 10.0, "formats.tables.other_tables:read_other_workbook": 60.0,
    PILLOW: 6.0, "formats.images.image_files:open_heic": 6.0,
}  # fmt: skip
FORMS = [*TABLE_FORMS, *NUMPY_FORMS, *IMAGE_FORMS, *TEXT_FORMS, *POINT_FORMS, *UNREAD_FORMS]


def add_forms(package: Package) -> None:
    """Put the forms of a package before those that nobody reads, and its writers beside those of other kinds."""
    if not package.forms:
        return
    module = import_module(package.forms)
    at = len(FORMS) - len(UNREAD_FORMS)
    FORMS[at:at] = module.FORMS
    PARSED_BY_OTHERS.extend(getattr(module, "PARSED_BY_OTHERS", ()))
    SLOW_READERS.update(getattr(module, "SLOW_READERS", {}))
    for suffix, writers in getattr(module, "WRITERS", {}).items():
        k = next(k for k, form in enumerate(FORMS) if suffix in form.suffixes)
        FORMS[k] = replace(FORMS[k], writers=(*FORMS[k].writers, *writers))


take_packages(add_forms)


def name_of(path: Path) -> str:
    """The name of the data in a file, up to the first dot of its name, or in a folder."""
    return path.resolve().name if path.is_dir() else path.name.split(".")[0] or path.name


def forms_of(name: str, *readers: str) -> list[Form]:
    """Rows whose suffix a name ends in, the longest first. readers: beginnings of their readers, any if none is
    given."""
    name, length = name.lower(), lambda form: max(len(one) for one in form.endings if name.endswith(one))
    rows = [form for form in FORMS if name.endswith(form.endings) and form.reader.startswith(readers or "")]
    return sorted(rows, key=length, reverse=True)


def suffixes_of(*readers: str) -> tuple[str, ...]:
    """All that names of such files end in. readers: beginnings of their readers."""
    return tuple(suffix for form in FORMS if form.reader.startswith(readers) for suffix in form.endings)


TEXT = suffixes_of("formats.sequences.text_lines:read_lines")  # a table, or lines
TEXT_TABLES = (*suffixes_of("formats.tables.delimited"), *TEXT)
EXCEL = suffixes_of("formats.tables.workbooks")
WORKBOOKS = (*EXCEL, *suffixes_of("formats.tables.other_tables:read_other_workbook"))
BINARY_TABLES = (*suffixes_of("formats.tables.binary_tables"), *EXCEL)


def seconds_a_mb(names: Sequence[str]) -> float:
    """Seconds of the processor that reading a MB of files may take, by their names."""
    return max([SECONDS_A_MB, *(SLOW_READERS[reader] for reader in _matching(names, SLOW_READERS))])


def rooms_of_others(names: Sequence[str]) -> set[str]:
    """The folders, as dotted modules, of the kinds whose readers hand any of these files to code of others, by their
    names."""
    short = [reader.partition(":")[0].removeprefix("formats.") for reader in _matching(names, PARSED_BY_OTHERS)]
    return {
        reader.rpartition(".")[0] if reader.startswith("genwright.") else f"{KINDS}.{reader.partition('.')[0]}"
        for reader in short
    }


def _matching(names: Sequence[str], readers: Iterable[str]) -> list[str]:
    """The readers of any of these files."""
    endings = {one: tuple(end for form in FORMS if form.reader == one for end in form.endings) for one in readers}
    suffixes = {name[name.find(".", 1) :].lower() for name in names}  # few, of many names
    return [reader for reader, own in endings.items() if any(suffix.endswith(own) for suffix in suffixes)]


def writer_of(path: Path, room: str) -> Callable | None:
    """What writes a file of that name, in a room, as rows name it; None where it cannot."""
    return next(
        (form.function(name) for form in forms_of(path.name) for name in form.writers if name.startswith(room)), None
    )


def say_written(room: str) -> str:
    """The suffixes that a room writes, as a choice."""
    written = [form for form in FORMS if any(name.startswith(room) for name in form.writers)]
    *first, last = [form.suffixes[0] for form in written]
    return f"{', '.join(first)} or {last}"


def form_by_content(start: bytes, texts: bool = True) -> Form | None:
    """The row that the first HEAD bytes of a file tell, None where they tell none. texts: whether texts are told as
    well, which are less certain."""
    text = _text(start)
    if text is None:
        return next((form for form in FORMS if form.begin and form.begins(start)), None)
    if not texts:
        return None
    lines = "\n".join(line for line in text.splitlines() if line.strip() and not re.match("%(?!%Mat)", line))
    for form in FORMS:
        if form.begin and isinstance(form.begin, str) and re.match(form.begin, lines, re.IGNORECASE | re.DOTALL):
            return form
    first, end, _ = lines.partition("\n")
    return TABLE_FORMS[0] if end and any(mark in first for mark in ",;\t|") else None


def find_form(path: Path, start: bytes, texts: bool = False) -> Form | None:
    """The row of what a file is by its first bytes, where its name says something else; None where its name is right,
    or nothing else is known.

    Raises DataError for a file that is not read, that is empty or not what its name says, and without the package of
    its row. texts: as of `form_by_content`.
    """
    rows = forms_of(path.name)
    named = next((form for form in rows if form.begins(start)), None)
    binary = bool(rows) and all(isinstance(form.begin, bytes) for form in rows)
    says_little = path.name.lower().endswith(".xml")
    told = None if named else form_by_content(start, texts or binary or says_little)
    if told is not None and told.kind and told not in rows:
        return told
    if why := why_unread(path) or (told and _say_unread(told, path)):
        raise DataError(why)
    if binary and not named:
        if not start:
            raise DataError(f"{path} is empty: write it again")
        raise DataError(f"{path} is not {rows[0].called}, despite its name: save it again, or rename it to what it is")
    if form := named or next(iter(rows), None):
        form.require(path)
    return None


def _text(start: bytes) -> str | None:
    """The first bytes as text, None where they are none."""
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 4:
            return None
        text = start[: error.start].decode("utf-8-sig")
    return None if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text) else text


def why_unread(path: Path, files: Iterable[str] = ()) -> str | None:
    """What a file, or most files of a folder, are, and the remedy; None of those that are not known. files: names of
    the files of a folder."""
    names = [Path(name).name for name in files] or [path.name]
    unread = {name: rows[0] for name in names if (rows := forms_of(name)) and not rows[0].kind}
    if not unread:
        return None
    form, count = Counter(unread.values()).most_common(1)[0]
    file = min(name for name in unread if unread[name] is form)
    suffix = next(one for one in sorted(form.suffixes, key=len, reverse=True) if file.lower().endswith(one))
    begin = f"{path} holds {count:,} {suffix} files: each is " if files else f"{path} is "
    return begin + form.called.format(file=file, stem=file[: -len(suffix)])


def _say_unread(form: Form, path: Path) -> str:
    stem = f"{path.stem}-new" if path.suffix else path.stem  # what is made must not take the place of the file
    return "" if form.kind else f"{path} is {form.called.format(file=path.name, stem=stem)}"


def list_kinds(called: dict[str, str]) -> str:
    """Kinds of data with the commonest suffixes of each. called: {kind: as people call it}."""
    kinds = {}
    for form in FORMS:
        kinds.setdefault(form.kind, []).extend(form.suffixes[:1])
    shown = {kind: list(dict.fromkeys(suffixes)) for kind, suffixes in kinds.items() if kind}
    parts = [
        f"{called[kind]} ({', '.join(some[:NAMED])}{' ...' * (len(some) > NAMED)})" for kind, some in shown.items()
    ]
    return ", ".join(parts[:-1]) + f" or {parts[-1]}"
