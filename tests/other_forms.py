"""Small data in forms of other libraries, each with the files that the fuzz loop damages."""

import bz2
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
import scipy.io
import scipy.sparse
from PIL import Image

from genwright.kinds.formats.tables.write_table import write_table
from genwright.motion.kinds.clip_files import animation, mp4_bytes
from genwright.proteins import contract as proteins_contract
from genwright.proteins.families.folded import Folded

N = 24
Content = str | bytes | Callable[[Path], None]


class Form(NamedTuple):
    """source: what is read, a file or a folder among the files. damaged: {file: how}, as of a `Target`. kind: of data
    that it holds, and how many items, 0 of music, which is cut in windows. needs: a package that its reader needs."""

    name: str
    source: str
    files: dict[str, Content]
    damaged: dict[str, str]
    kind: str
    items: int = N
    needs: str = ""
    options: str = ""


def _folder(suffix: str, kind: str, content: Callable[[int], Content], needs: str = "", damage: str = "bytes") -> Form:
    files = {f"set/{k:02}{suffix}": content(k) for k in range(N)}
    return Form(suffix[1:], "set", files, {f"set/03{suffix}": damage}, kind, needs=needs)


def _picture(k: int, deep: bool = False) -> np.ndarray:
    values = np.random.default_rng(k).integers(0, 4096 if deep else 256, (12, 12) if deep else (12, 12, 3))
    return values.astype(np.uint16 if deep else np.uint8)


def _saved(k: int, kind: str, deep: bool = False, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(_picture(k, deep)).save(file, kind, **options)
    return file.getvalue()


def _heic(k: int) -> Content:
    def save(path: Path) -> None:
        from pillow_heif import from_pillow

        from_pillow(Image.fromarray(_picture(k))).save(path)

    return save


def _dicom(k: int) -> Content:
    def save(path: Path) -> None:
        dicom(_picture(k, True), RescaleSlope=2, RescaleIntercept=-1024).save_as(path, enforce_file_format=True)

    return save


def dicom(values: np.ndarray, photometric: str = "MONOCHROME2", frames: int = 0, syntax: str = "", **told):
    """A pydicom dataset of (H, W), (frames, H, W) or (H, W, 3) values. syntax: "" for no compression."""
    import pydicom

    made = pydicom.Dataset()
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    rows = values.shape[1:] if frames else values.shape
    made.Rows, made.Columns, made.SamplesPerPixel = *rows[:2], 3 if len(rows) == 3 else 1
    bits = 8 * values.dtype.itemsize
    made.BitsAllocated, made.BitsStored, made.HighBit = bits, bits, bits - 1
    made.PixelRepresentation, made.PhotometricInterpretation = int(values.dtype.kind == "i"), photometric
    if made.SamplesPerPixel == 3:
        made.PlanarConfiguration = 0
    if frames:
        made.NumberOfFrames = frames
    for name, value in told.items():
        setattr(made, name, value)
    made.PixelData = values.tobytes()
    if syntax == "RLELossless":
        made.compress(pydicom.uid.RLELossless)
    elif syntax:
        file = io.BytesIO()
        options = {"no_jp2": True} if "2000" in syntax else {"quality": 95}
        Image.fromarray(values).save(file, "JPEG2000" if "2000" in syntax else "JPEG", **options)
        made.PixelData = pydicom.encaps.encapsulate([file.getvalue()])
        made["PixelData"].is_undefined_length = True
        made.file_meta.TransferSyntaxUID = getattr(pydicom.uid, syntax)
    return made


def _mp4(k: int) -> Content:
    pixels = np.stack([_picture(k), _picture(k + N)])
    return lambda path: path.write_bytes(mp4_bytes(pixels, 10.0))


def _stack(deep: bool) -> Content:
    def save(path: Path) -> None:
        first, *others = (Image.fromarray(_picture(k, deep)) for k in range(N))
        first.save(path, save_all=True, append_images=others)

    return save


IMAGES = [
    *(
        _folder(suffix, "images", lambda k, kind=kind: _saved(k, kind))
        for suffix, kind in {
            ".ppm": "PPM", ".tga": "TGA", ".jp2": "JPEG2000", ".avif": "AVIF", ".pcx": "PCX", ".sgi": "SGI",
            ".dib": "DIB", ".qoi": "QOI",
        }.items()
    ),
    _folder(".pgm", "images", lambda k: _saved(k, "PPM", True)),
    _folder(".j2k", "images", lambda k: _saved(k, "JPEG2000", True, no_jp2=True)),
    _folder(".heic", "images", _heic, "pillow_heif"),
    _folder(".dcm", "images", _dicom, "pydicom"),
    _folder(".mp4", "clips", _mp4, "av"),
    Form("pages", "x.tif", {"x.tif": _stack(True)}, {"x.tif": "bytes"}, "images"),
    Form("frames", "x.webp", {"x.webp": _stack(False)}, {"x.webp": "bytes"}, "images"),
]  # fmt: skip
CLUB = nx.karate_club_graph()
for _, _, told in CLUB.edges.data():
    told["weight"] = float(told["weight"])
PLAIN = nx.create_empty_copy(nx.Graph(CLUB), with_data=False)
PLAIN.add_edges_from(CLUB.edges)
NODES, SMALL = len(CLUB), [nx.gnp_random_graph(9, 0.4, seed=k) for k in range(N)]


def _graph(suffix: str, content: Content, how: str = "text") -> Form:
    return Form(suffix[1:], f"g{suffix}", {f"g{suffix}": content}, {f"g{suffix}": how}, "graph", NODES)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _set(suffix: str, write: Callable[[nx.Graph], str]) -> Form:
    files = {f"set/{k:02}{suffix}": write(graph) for k, graph in enumerate(SMALL)}
    return Form(f"{suffix[1:]}-folder", "set", files, {f"set/03{suffix}": "text"}, "graph-sets")


def _mtx(matrix: object) -> str:
    file = io.BytesIO()
    scipy.io.mmwrite(file, matrix)
    return file.getvalue().decode()


ADJACENCY = nx.to_scipy_sparse_array(PLAIN, dtype=int, weight=None)
COUNTS = scipy.sparse.random_array((N, 9), density=0.4, rng=0, dtype=float).tocsr()
WIDE = scipy.sparse.csr_array(np.random.default_rng(0).poisson(1.0, (N, 40)) + np.eye(N, 40, dtype=int))


def cellranger(path: Path, genomes: Iterable[str] = ("matrix",), cells: scipy.sparse.csr_array = WIDE) -> None:
    """Writes cells as CellRanger does: a group a genome in its older versions."""
    import h5py

    names = [f"gene{j}" for j in range(cells.shape[1])]
    with h5py.File(path, "w") as file:
        for number, genome in enumerate(genomes, 1):
            arrays = {part: getattr(cells, part) for part in ("data", "indices", "indptr")}
            arrays |= {"data": number * cells.data, "shape": np.array(cells.shape[::-1], np.int32)}
            texts = {"barcodes": [f"AC{k}-1" for k in range(cells.shape[0])]}
            new = {"features/id": [f"E{j}" for j in range(len(names))], "features/name": names}
            texts |= (
                new | {"features/feature_type": ["x"] * len(names)}
                if genome == "matrix"
                else {"genes": names, "gene_names": names}
            )
            for name, values in (arrays | {name: np.array(some, "S") for name, some in texts.items()}).items():
                file[f"{genome}/{name}"] = values


DOT = "// friends\nstrict graph {\n node [club=0];\n" + _lines(
    [f'  "{u}" -- {{"{v}"}} [weight=2.5, label="a \\"b\\""];' for u, v in PLAIN.edges] + ["}"]
)
GRAPHS = [
    _set(".gml", lambda graph: _lines(nx.generate_gml(graph))),
    _set(".net", lambda graph: _lines(nx.generate_pajek(nx.relabel_nodes(graph, str)))),
    _graph(".gml", _lines(nx.generate_gml(CLUB))),
    _graph(".gexf", _lines(nx.generate_gexf(CLUB)), "xml"),
    _graph(".net", _lines(nx.generate_pajek(nx.relabel_nodes(PLAIN, str)))),
    _graph(".adjlist", _lines(nx.generate_adjlist(PLAIN))),
    _graph(".multiline_adjlist", _lines(nx.generate_multiline_adjlist(PLAIN))),
    _graph(".edgelist", _lines(nx.generate_edgelist(PLAIN))),
    _graph(".dot", DOT),
    _graph(".mtx", _mtx(ADJACENCY)),
    *(
        _graph(f"-{kind}.npz", lambda path, kind=kind: scipy.sparse.save_npz(path, ADJACENCY.asformat(kind)), "npz")
        for kind in ("csr", "csc", "coo", "dia", "bsr")
    ),
    Form("g6", "m.g6", {"m.g6": b"".join(map(nx.to_graph6_bytes, SMALL))}, {"m.g6": "bytes"}, "graph-sets"),
    Form("s6", "m.s6", {"m.s6": b"".join(map(nx.to_sparse6_bytes, SMALL))}, {"m.s6": "bytes"}, "graph-sets"),
    Form("counts.h5", "c.h5", {"c.h5": cellranger}, {"c.h5": "bytes"}, "counts", needs="h5py"),
    Form("counts.npz", "c.npz", {"c.npz": lambda path: scipy.sparse.save_npz(path, COUNTS)}, {"c.npz": "npz"},
         "tables"),
    Form("counts.mtx", "c.mtx", {"c.mtx": _mtx(COUNTS)}, {"c.mtx": "text"}, "tables"),
    Form("dense.mtx", "c.mtx", {"c.mtx": _mtx(COUNTS.toarray())}, {"c.mtx": "text"}, "tables"),
]  # fmt: skip
SEQUENCE = lambda k: "".join(np.random.default_rng(k).choice(list("ACGT"), 30))


def _records(form: str) -> Content:
    def save(path: Path) -> None:
        from Bio import SeqIO
        from Bio.Seq import Seq
        from Bio.SeqRecord import SeqRecord

        told = {"annotations": {"molecule_type": "DNA"}, "letter_annotations": {"phred_quality": [30] * 30}}
        told = told if form != "stockholm" else {"annotations": told["annotations"]}
        SeqIO.write([SeqRecord(Seq(SEQUENCE(k)), f"s{k}", **told) for k in range(N)], path, form)

    return save


CUES = [f"Line {k} of a film,\n<i>with a second one</i>" for k in range(N)]
TIMED = [f"{k + 1}\n00:00:{k:02}.000 --> 00:00:{k:02}.900\n{cue}\n" for k, cue in enumerate(CUES)]
TEXTS = [
    *(
        Form(suffix, f"s.{suffix}", {f"s.{suffix}": _records(form)}, {f"s.{suffix}": "bytes"}, "sequences", needs="Bio")
        for suffix, form in {
            "fastq": "fastq", "gb": "genbank", "embl": "embl", "sto": "stockholm", "aln": "clustal",
            "phy": "phylip-relaxed", "nex": "nexus", "imgt": "imgt",
        }.items()
    ),
    *(
        Form(name.partition(".")[2], name, {name: text}, {name: "text"}, "sequences")
        for name, text in {
            "film.srt": _lines(TIMED), "film.vtt": _lines(["WEBVTT\n", *TIMED]),
            "film.ass": _lines(["[Events]", *(f"Dialogue: 0,0:00,0:01,A,,0,0,0,,Line {k},\\Nsaid" for k in range(N))]),
            "film.sub": _lines(f"{{{k}}}{{{k + 1}}}Line {k}|said" for k in range(N)),
            "song.lrc": _lines(f"[00:{k:02}.00]Line {k} is sung" for k in range(N)),
        }.items()
    ),
]  # fmt: skip
SHAPE = lambda k: np.random.default_rng(k).normal(size=(4 + k % 5, 3)) * 3
SYMBOLS = ("C", "N", "O", "Cl")


def _atoms(k: int) -> list[tuple[int, str, list[float]]]:
    return [(i, SYMBOLS[(i + k) % 4], place) for i, place in enumerate(SHAPE(k).round(3).tolist(), 1)]


def _pdb(k: int) -> str:
    row = "HETATM{:5d} {:<4s} UNL     1    {:8.3f}{:8.3f}{:8.3f}  1.00  0.00          {:>2s}"
    return _lines(row.format(i, f"{symbol}{i}"[:4], *place, symbol.upper()) for i, symbol, place in _atoms(k))


def _mol2(k: int) -> str:
    atoms = [f"{i} {symbol}{i} {x} {y} {z} {symbol}.3 1 LIG 0.0" for i, symbol, (x, y, z) in _atoms(k)]
    return _lines(["@<TRIPOS>MOLECULE", f"m{k}", f"{len(atoms)} 0", "", "@<TRIPOS>ATOM", *atoms, "@<TRIPOS>BOND"])


def _cif(k: int) -> str:
    cell = ["_cell_length_a 10.00(2)", "_cell_length_b 20", "_cell_length_c 5"]
    cell += [f"_cell_angle_{name} 90" for name in ("alpha", "beta", "gamma")]
    names = [f"_atom_site_{name}" for name in ("label", "type_symbol", "fract_x", "fract_y", "fract_z")]
    rows = [f"{s}{i} {s} {x / 10:.4f}(3) {y / 20:.5f} {z / 5:.4f}" for i, s, (x, y, z) in _atoms(k)]
    return _lines([f"data_m{k}", "_chemical_name 'made up'", *cell, "loop_", *names, *rows, ""])


ALCOHOLS = [f"{'C' * n}O" for n in range(1, N + 1)]


def _inchi(smiles: str) -> str:
    from rdkit import Chem

    return Chem.MolToInchi(Chem.MolFromSmiles(smiles))


def _inchi_file(line: Callable[[str], str], head: str = "") -> Content:
    return lambda path: path.write_text(head + _lines(map(line, ALCOHOLS)))


FLAT = "\n  made\n\n  2  1  0  0  0  0            999 V2000\n" + "".join(
    f"    0.0000    0.0000    0.0000 {symbol}   0  0\n" for symbol in "CO"
) + "  1  2  1  0\nM  END\n"  # fmt: skip
MOLECULES = [
    _folder(".pdb", "points", _pdb, damage="text"),
    _folder(".cif", "points", _cif, damage="text"),
    Form("mol2", "m.mol2", {"m.mol2": "".join(map(_mol2, range(N)))}, {"m.mol2": "text"}, "points"),
    Form("inchi", "m.inchi", {"m.inchi": _inchi_file(_inchi)}, {"m.inchi": "text"}, "molecules", needs="rdkit"),
    Form("inchi-column", "t.csv", {"t.csv": _inchi_file(lambda smiles: f'"{_inchi(smiles)}",{len(smiles)}',
         "structure,size\n")}, {"t.csv": "text"}, "molecules", needs="rdkit"),
    Form("bonds", "m.sdf", {"m.sdf": f"{FLAT}$$$$\n" * N}, {"m.sdf": "text"}, "molecules", needs="rdkit"),
]  # fmt: skip


def _sound(form: str) -> Callable[[int], Content]:
    def content(k: int) -> Content:
        def save(path: Path) -> None:
            import soundfile

            soundfile.write(path, np.sin(np.arange(800 + k) / (2 + k % 5)) / 2, 8000, format=form)

        return save

    return content


SOUNDS = [
    _folder(suffix, "audio", _sound(form), "soundfile")
    for suffix, form in {".aiff": "AIFF", ".au": "AU", ".caf": "CAF", ".w64": "W64"}.items()
]
TUNES = [np.random.default_rng(k).integers(60, 72, 16) for k in range(12)]
LETTERS = "C ^C D ^D E F ^F G ^G A ^A B".split()
KERN = "c c# d d# e f f# g g# a a# b".split()
ABC = "".join(
    f"X:{k}\nT:tune {k}\nM:4/4\nL:1/4\nK:C\n{' '.join(LETTERS[note - 60] for note in tune)}|\n\n"
    for k, tune in enumerate(TUNES)
)


def _kern(k: int) -> str:
    return _lines(["**kern", "*M4/4", *(f"4{KERN[note - 60]}" for note in TUNES[k % 12]), "*-"])


def _musicxml(k: int) -> str:
    note = (
        "<note><pitch><step>{}</step><alter>{}</alter><octave>4</octave></pitch><duration>1</duration>"
        "<voice>1</voice><type>quarter</type></note>"
    )
    notes = [note.format(LETTERS[n - 60].strip("^"), int("^" in LETTERS[n - 60])) for n in TUNES[k % 12]]
    bars = [
        f'<measure number="{i + 1}">'
        + "<attributes><divisions>1</divisions></attributes>" * (not i)
        + "".join(notes[4 * i : 4 * i + 4]) + "</measure>" for i in range(4)
    ]  # fmt: skip
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 '
        'Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n<score-partwise version="4.0"><part-list>'
        f'<score-part id="P1"><part-name>A</part-name></score-part></part-list><part id="P1">{"".join(bars)}</part>'
        "</score-partwise>"
    )


def _mxl(k: int) -> Content:
    def save(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("META-INF/container.xml", "<container/>")
            archive.writestr("score.xml", _musicxml(k))

    return save


def _scores(suffix: str, content: Callable[[int], Content], damage: str) -> Form:
    files = {f"set/{k:02}{suffix}": content(k) for k in range(12)}
    return Form(suffix[1:], "set", files, {f"set/03{suffix}": damage}, "music", 0, "music21")


SCORES = [
    Form("abc", "t.abc", {"t.abc": ABC}, {"t.abc": "text"}, "music", 0, "music21"),
    _scores(".krn", _kern, "text"),
    _scores(".musicxml", _musicxml, "xml"),
    _scores(".mxl", _mxl, "bytes"),
    _scores(".xml", _musicxml, "xml"),
]


# ---------------------------------------------------------------------- tables, and what packs them

ROWS = pd.DataFrame({"age": np.arange(N) % 7 + 20, "income": np.arange(N) * 1.5 + 3, "city": ["Oslo", "Bergen"] * 12})
CSV = ROWS.to_csv(index=False)


def _table(suffix: str, write: Callable[[Path], object], needs: str = "", damage: str = "bytes") -> Form:
    return Form(suffix[1:], f"t{suffix}", {f"t{suffix}": write}, {f"t{suffix}": damage}, "tables", needs=needs)


def _sav(path: Path) -> None:
    import pyreadstat

    pyreadstat.write_sav(ROWS, path)


def _h5(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file["x"], file["group/y"] = ROWS["age"].to_numpy(), ROWS[["age", "income"]].to_numpy()


def _duckdb(path: Path) -> None:
    import duckdb

    with duckdb.connect(str(path)) as base:
        base.register("rows", ROWS)
        base.execute("create table people as select * from rows")


def _netcdf(path: Path) -> None:
    with scipy.io.netcdf_file(str(path), "w") as file:
        file.createDimension("row", N)
        for name in ("age", "income"):
            file.createVariable(name, "f8", ("row",))[:] = ROWS[name].to_numpy()


def _transport(path: Path) -> None:
    import pyreadstat

    pyreadstat.write_xport(ROWS, path, file_format_version=8)


def _by_writer(path: Path) -> None:
    """As genwright writes it."""
    write_table(ROWS, path)


def _zip(files: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


def _tar(mode: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        info = tarfile.TarInfo("t.csv")
        info.size = len(CSV)
        archive.addfile(info, io.BytesIO(CSV.encode()))
    return file.getvalue()


TABLES = [
    _table(".dta", lambda path: ROWS.to_stata(path, write_index=False)),
    _table(".sav", _sav, "pyreadstat"),
    _table(".orc", lambda path: ROWS.to_orc(path), "pyarrow"),
    _table(".h5", _h5, "h5py"),
    _table(".mat", lambda path: scipy.io.savemat(path, {"X": ROWS[["age", "income"]].to_numpy(), "y": np.arange(N)})),
    _table(".html", lambda path: ROWS.to_html(path, index=False), "lxml", "xml"),
    _table(".dat", lambda path: ROWS.to_csv(path, sep=" ", index=False), damage="text"),
    _table(".arff", lambda path: path.write_text(
        "@relation r\n@attribute age numeric\n@attribute income real\n@attribute city {Oslo,Bergen}\n@data\n"
        + ROWS.to_csv(index=False, header=False)), damage="text"),
    _table(".duckdb", _duckdb, "duckdb"),
    _table(".nc", _netcdf),
    _table(".xpt", _transport, "pyreadstat"),
    _table(".arrow", _by_writer, "pyarrow"),
    _table(".ods", _by_writer, "python_calamine"),
    _table(".jsonl", _by_writer, damage="text"),
    Form("zip", "t.zip", {"t.zip": _zip({"t.csv": CSV, "README.md": "rows"})}, {"t.zip": "bytes"}, "tables"),
    Form("tar.xz", "t.tar.xz", {"t.tar.xz": _tar("w:xz")}, {"t.tar.xz": "bytes"}, "tables"),
    Form("bz2", "t.csv.bz2", {"t.csv.bz2": bz2.compress(CSV.encode())}, {"t.csv.bz2": "bytes"}, "tables"),
    Form("parts", "set", {"set/a.csv": CSV, "set/b.csv": CSV}, {"set/b.csv": "text"}, "tables", 2 * N),
]  # fmt: skip


_chains = cache(proteins_contract.helices_and_strands)


def _chain(k: int) -> Folded:
    chain = _chains(N).chains[k]
    return Folded.of_chain(chain, chain.atoms, np.ones(len(chain)))


def _chain_cif(k: int) -> Content:
    def save(path: Path) -> None:
        import gemmi

        gemmi.read_pdb_string(_chain(k).to_pdb()).make_mmcif_document().write_file(str(path))

    return save


def _aligned(k: int) -> str:
    sequence = _chain(k).chain.sequence
    return _lines([">chain", sequence, ">relative", f"-a{sequence[1:]}"])


CHAINS = [
    _folder(".pdb", "proteins", lambda k: _chain(k).to_pdb(), "gemmi", "text")._replace(name="chain.pdb"),
    _folder(".cif", "proteins", _chain_cif, "gemmi", "text")._replace(name="chain.cif"),
    Form("a3m", "set", {f"set/{k:02}.pdb": _chain(k).to_pdb() for k in range(N)} | {"set/03.a3m": _aligned(3)},
         {"set/03.a3m": "text"}, "proteins", needs="gemmi"),
]  # fmt: skip


def _moving(k: int, kind: str) -> bytes:
    return animation(np.stack([_picture(k), _picture(k + 1), _picture(k + 2)]), 10.0, kind)


def _clip_arrays(path: Path) -> None:
    np.savez(path, x=np.stack([_picture(k) for k in range(3 * N)]).reshape(N, 3, 12, 12, 3), rate=5.0)


CLIPS = [
    _folder(".gif", "clips", lambda k: _moving(k, "GIF")),
    _folder(".apng", "clips", lambda k: _moving(k, "PNG")),
    Form("clips.npz", "clips.npz", {"clips.npz": _clip_arrays}, {"clips.npz": "npz"}, "clips"),
]
FORMS = [
    form
    for form in IMAGES + GRAPHS + TEXTS + MOLECULES + SOUNDS + SCORES + TABLES + CHAINS + CLIPS
    if not form.needs or find_spec(form.needs)
]


def put_form(form: Form, place: Path) -> Path:
    """Write the files of a form below a folder; returns its source."""
    for name, content in form.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content(path) if callable(content) else path.write_bytes(
            content.encode() if isinstance(content, str) else content
        )
    return place / form.source
