# Tests kinds/formats/form.py, kinds/formats/tables/other_tables.py, kinds/tables/grow_labels.py
"""Of every form of `forms.py` one thing more than its items is fed to its reader, and the report names it."""

import io
import json
import sqlite3
import wave
import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from other_forms import _cif, _lines, _mol2, _musicxml, _pdb, _picture, cellranger, dicom
from PIL import Image

import genwright
from genwright.core.errors import GenwrightError
from genwright.kinds.formats.forms import FORMS, Form

N = 24
ROWS = pd.DataFrame({"age": np.arange(N) % 7 + 20, "income": np.arange(N) * 1.5 + 3, "city": ["Oslo", "Bergen"] * 12})
CLUB = nx.karate_club_graph()
for _, _, of_edge in CLUB.edges.data():
    of_edge["layer"] = f"layer {of_edge.pop('weight')}"
RULE = (
    "the reader {reader} of forms.py has no row in tests/kinds/test_seen_and_used.py. Add to MORE a file that holds "
    "one thing more than items, and the name by which the report tells of it: the reader notes what it sees by "
    "Account.see, and what it uses by Account.use. If the form can hold nothing more, give NOTHING_MORE the reason"
)
UNSAID = (
    "the reader {reader} saw {thing!r} and says nothing of it: note it with Account.see (and Account.use where it is "
    "used), so that the report prints the difference"
)


class More(NamedTuple):
    """A source below a folder with one thing more. make: writes it, and returns its path. thing: what the report must
    say of it. needs: a package."""

    make: Callable[[Path], Path]
    thing: str
    needs: str = ""
    options: dict = {}


MORE: dict[str, More] = {}
NOTHING_MORE = {  # reader: why its form can hold nothing beside items
    "formats.tables.other_tables:read_sas": "no library writes it",
    "formats.tables.other_tables:read_r": "it is one data frame, whose columns are all used; several are refused",
    "formats.tables.other_tables:read_orc": "columns alone: its writer keeps no metadata",
    "formats.images.idx:read_idx_pictures": "an array without a name",
    "formats.sequences.text_lines:read_lines": "every line is an item, and empty ones are counted",
    "genwright.graphs.kinds.sparse_files:read_sparse": "numbers, and comments that no convention gives a meaning",
    "genwright.graphs.kinds.other_files:read_graph6": "edges alone",
    "genwright.motion.kinds.clip_files:read_video": "sound beside the frames: tests/motion/kinds/test_clips.py",
}


def row(reader: str, thing: str, needs: str = "", **options):
    def keep(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
        MORE[reader] = More(make, thing, needs, options)
        return make

    return keep


def put(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@row("formats.tables.delimited:read_delimited", "names of columns once more")
def names_in_the_middle(place):
    text = ROWS.to_csv(index=False)
    return put(place / "t.csv", text + text)


@row("formats.tables.json_records:read_records", "made by")
def fields(place):
    return put(place / "t.json", json.dumps({"made by": "Anna", "rows": json.loads(ROWS.to_json(orient="records"))}))


def with_metadata():
    import pyarrow as pa

    table = pa.Table.from_pandas(ROWS, preserve_index=False)
    return table.replace_schema_metadata({**table.schema.metadata, b"licence": b"none"})


@row("formats.tables.binary_tables:read_parquet", "licence", "pyarrow")
def parquet(place):
    import pyarrow.parquet

    pyarrow.parquet.write_table(with_metadata(), place / "t.parquet")
    return place / "t.parquet"


@row("formats.tables.binary_tables:read_feather", "licence", "pyarrow")
def feather(place):
    import pyarrow.feather

    pyarrow.feather.write_feather(with_metadata(), place / "t.feather")
    return place / "t.feather"


@row("formats.tables.other_tables:read_arrow", "licence", "pyarrow")
def arrow(place):
    import pyarrow as pa

    with pa.ipc.new_file(str(place / "t.arrow"), with_metadata().schema) as writer:
        writer.write_table(with_metadata())
    return place / "t.arrow"


@row("formats.tables.workbooks:read_workbook", "spare", "openpyxl")
def workbook(place):
    with pd.ExcelWriter(place / "t.xlsx") as book:
        ROWS.to_excel(book, sheet_name="people", index=False)
        ROWS[:3].to_excel(book, sheet_name="spare", index=False)
    return place / "t.xlsx"


@row("formats.tables.other_tables:read_other_workbook", "spare", "python_calamine")
def other_workbook(place):
    from genwright.kinds.formats.tables.write_table import write_table

    write_table(ROWS, place / "one.ods")
    with zipfile.ZipFile(place / "one.ods") as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet = parts["content.xml"].partition("<table:table ")[2].partition("</table:table>")[0]
    second = f"<table:table {sheet.replace('Sheet1', 'spare')}</table:table>"
    parts["content.xml"] = parts["content.xml"].replace("</office:spreadsheet>", f"{second}</office:spreadsheet>")
    with zipfile.ZipFile(place / "t.ods", "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return place / "t.ods"


@row("formats.tables.other_tables:read_stata", "years of life")
def stata(place):
    ROWS.to_stata(place / "t.dta", write_index=False, variable_labels={"age": "years of life"})
    return place / "t.dta"


@row("formats.tables.other_tables:read_spss", "years of life", "pyreadstat")
def spss(place):
    import pyreadstat

    pyreadstat.write_sav(ROWS, place / "t.sav", column_labels={"age": "years of life"})
    return place / "t.sav"


@row("formats.tables.other_tables:read_sas_transport", "years of life", "pyreadstat")
def transport(place):
    import pyreadstat

    pyreadstat.write_xport(ROWS, place / "t.xpt", file_format_version=8, column_labels={"age": "years of life"})
    return place / "t.xpt"


@row("formats.tables.other_tables:read_arff", "comment")
def arff(place):
    head = "% by hand\n@relation r\n@attribute age numeric\n@attribute income real\n"
    head += "@attribute city {Oslo,Bergen}\n@data\n"
    return put(place / "t.arff", head + ROWS.to_csv(index=False, header=False))


@row("formats.tables.other_tables:read_html", "smaller table", "lxml")
def page(place):
    return put(place / "t.html", f"<html>{ROWS.to_html(index=False)}{ROWS[:2].to_html()}</html>")


@row("formats.tables.array_files:read_matlab", "extra")
def matlab(place):
    import scipy.io

    scipy.io.savemat(place / "t.mat", {"age": ROWS["age"].to_numpy(), "y": np.arange(N), "extra": np.arange(3)})
    return place / "t.mat"


@row("formats.tables.array_files:read_hdf5", "sensor", "h5py")
def hdf5(place):
    import h5py

    with h5py.File(place / "t.h5", "w") as file:
        file["age"], file["pay"] = ROWS["age"].to_numpy(), ROWS["income"].to_numpy()
        file["age"].attrs["sensor"] = "north"
    return place / "t.h5"


@row("formats.tables.array_files:read_anndata", "spliced", "h5py")
def anndata(place):
    import h5py

    with h5py.File(place / "t.h5ad", "w") as file:
        file["X"] = np.random.default_rng(0).poisson(2, (N, 3)).astype("f4")
        file["layers/spliced"] = file["X"][()]
        for name, rows in (("obs", N), ("var", 3)):
            group = file.create_group(name)
            group.attrs["_index"] = "_index"
            group["_index"] = np.array([f"{name}{k}" for k in range(rows)], object).astype(h5py.string_dtype())
    return place / "t.h5ad"


@row("genwright.counts.kinds.cellranger:read_cellranger", "features/feature_type", "h5py")
def cells(place):
    cellranger(place / "t.h5")
    return place / "t.h5"


@row("formats.tables.array_files:read_netcdf", "long_name")
def netcdf(place):
    import scipy.io

    with scipy.io.netcdf_file(str(place / "t.nc"), "w") as file:
        file.createDimension("row", N)
        for name in ("age", "income"):
            file.createVariable(name, "f8", ("row",))[:] = ROWS[name].to_numpy()
        file.variables["age"].long_name = "years of life"
    return place / "t.nc"


@row("formats.tables.databases:read_database", "spare", table="people")
def database(place):
    with sqlite3.connect(place / "t.db") as base:
        ROWS.to_sql("people", base, index=False)
        ROWS.to_sql("spare", base, index=False)
    return place / "t.db"


@row("formats.numpy_arrays:read_arrays", "depths")
def arrays(place):
    x = np.random.default_rng(0).integers(0, 255, (N, 8, 8), np.uint8)
    np.savez(place / "t.npz", x=x, depths=np.arange(5))
    return place / "t.npz"


def pictures(place, suffix, save):
    (place / "set").mkdir()
    for k in range(N):
        save(_picture(k), place / f"set/{k:02}{suffix}")
    put(place / "set/notes.doc", "by hand")
    return place / "set"


@row("formats.images.image_files:open_by_pillow", "notes.doc")
def png(place):
    return pictures(place, ".png", lambda pixels, path: Image.fromarray(pixels).save(path))


@row("formats.images.image_files:open_heic", "notes.doc", "pillow_heif")
def heic(place):
    from pillow_heif import from_pillow

    return pictures(place, ".heic", lambda pixels, path: from_pillow(Image.fromarray(pixels)).save(path))


@row("formats.images.image_files:open_dicom", "notes.doc", "pydicom")
def dicoms(place):
    save = lambda pixels, path: dicom(pixels[..., 0].astype(np.uint16)).save_as(path, enforce_file_format=True)
    return pictures(place, ".dcm", save)


@row("genwright.sound.kinds.audio.sound_files:open_wav", "cue")
def cues(place):
    (place / "set").mkdir()
    for k in range(N):
        file = io.BytesIO()
        with wave.open(file, "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes((np.sin(np.arange(400) * (0.1 + 0.01 * k)) * 9000).astype("<i2").tobytes())
        content = file.getvalue() + b"cue \x04\0\0\0\0\0\0\0"
        put(place / f"set/{k:02}.wav", content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8:])
    return place / "set"


@row("genwright.sound.kinds.audio.sound_files:open_by_soundfile", "notes.doc", "soundfile")
def flac(place):
    import soundfile

    (place / "set").mkdir()
    for k in range(N):
        soundfile.write(place / f"set/{k:02}.flac", np.sin(np.arange(400) * (0.1 + 0.01 * k)) / 2, 8000)
    put(place / "set/notes.doc", "by hand")
    return place / "set"


@row("genwright.sound.kinds.music.music_files:read_midi", "controller 10", "mido")
def midi(place):
    import mido

    (place / "set").mkdir()
    for k in range(12):
        file = mido.MidiFile(ticks_per_beat=96)
        file.tracks.append(track := mido.MidiTrack())
        track.append(mido.Message("control_change", control=10, value=64))
        for note in np.random.default_rng(k).integers(60, 72, 16).tolist():
            track.append(mido.Message("note_on", note=note, velocity=64))
            track.append(mido.Message("note_off", note=note, time=96))
        file.save(place / f"set/{k:02}.mid")
    return place / "set"


@row("genwright.sound.kinds.music.score_files:read_score", "lyrics", "music21")
def score(place):
    (place / "set").mkdir()
    for k in range(12):
        text = _musicxml(k).replace("</note>", "<lyric><text>la</text></lyric></note>", 1)
        put(place / f"set/{k:02}.musicxml", text)
    return place / "set"


@row("genwright.sound.kinds.music.piano_rolls:pieces_of", "made by")
def pitches(place):
    pieces = [np.random.default_rng(k).integers(60, 72, (16, 2)).tolist() for k in range(12)]
    return put(place / "t.json", json.dumps({"train": pieces, "made by": [[[1]]]}))


@row("formats.sequences.text_lines:read_fasta", "comment")
def fasta(place):
    return put(place / "t.fasta", "; by hand\n" + "".join(f">s{k}\n{'ACGT' * (3 + k % 5)}\n" for k in range(N)))


@row("formats.sequences.sequence_files:read_records", "feature gene", "Bio")
def genbank(place):
    from Bio import SeqIO
    from Bio.Seq import Seq
    from Bio.SeqFeature import FeatureLocation, SeqFeature
    from Bio.SeqRecord import SeqRecord

    gene = SeqFeature(FeatureLocation(0, 9), type="gene")
    record = lambda k: SeqRecord(
        Seq("ACGT" * (6 + k % 5)), f"s{k}", annotations={"molecule_type": "DNA"}, features=[gene]
    )
    SeqIO.write(map(record, range(N)), place / "t.gb", "genbank")
    return place / "t.gb"


@row("formats.sequences.sequence_files:read_subtitles", "times")
def subtitles(place):
    cues = [f"{k + 1}\n00:00:{k:02},000 --> 00:00:{k:02},900\nLine {k} is said\n" for k in range(N)]
    return put(place / "t.srt", "\n".join(cues))


@row("points.point_files:parse_xyz", "charge")
def xyz(place):
    rng = np.random.default_rng(0)
    atoms = lambda: "".join("C {:.3f} {:.3f} {:.3f} 1\n".format(*rng.normal(size=3) * 3) for _ in range(4))
    return put(place / "t.xyz", "".join(f"4\nProperties=species:S:1:pos:R:3:charge:R:1\n{atoms()}" for _ in range(N)))


@row("points.point_files:parse_sdf", "bonds")
def sdf(place):
    rng = np.random.default_rng(0)
    atoms = lambda: "".join("{:10.4f}{:10.4f}{:10.4f} C   0  0\n".format(*rng.normal(size=3) * 3) for _ in range(2))
    block = lambda: f"\n  made\n\n  2  1  0  0  0  0            999 V2000\n{atoms()}  1  2  1  0\nM  END\n$$$$\n"
    return put(place / "t.sdf", "".join(block() for _ in range(N)))


def structures(place, suffix, content):
    (place / "set").mkdir()
    for k in range(N):
        put(place / f"set/{k:02}{suffix}", content(k))
    return place / "set"


@row("points.structure_files:parse_pdb", "CONECT")
def pdb(place):
    return structures(place, ".pdb", lambda k: _pdb(k) + "CONECT    1    2\n")


@row("points.structure_files:parse_mol2", "SUBSTRUCTURE")
def mol2(place):
    return put(place / "t.mol2", "".join(f"{_mol2(k)}@<TRIPOS>SUBSTRUCTURE\n1 LIG 1\n" for k in range(N)))


@row("points.structure_files:parse_cif", "_geom_bond_distance")
def cif(place):
    return structures(place, ".cif", lambda k: _cif(k) + "loop_\n_geom_bond_distance\n1.5\n1.4\n\n")


@row("genwright.molecules.kinds.molecule_files:read_smiles", "name", "rdkit")
def smiles(place):
    return put(place / "t.smi", "smiles name\n" + _lines(f"{'C' * n}O mol{n}" for n in range(1, N + 1)))


def graph(place, name, content):
    return put(place / name, content if isinstance(content, (str, bytes)) else _lines(content))


@row("genwright.graphs.kinds.graph_files:read_one_graphml", "layer")
def graphml(place):
    nx.write_graphml(CLUB, place / "g.graphml")
    return place / "g.graphml"


@row("genwright.graphs.kinds.other_files:read_gml", "layer")
def gml(place):
    return graph(place, "g.gml", nx.generate_gml(CLUB))


@row("genwright.graphs.kinds.other_files:read_gexf", "layer")
def gexf(place):
    return graph(place, "g.gexf", nx.generate_gexf(CLUB))


@row("genwright.graphs.kinds.other_files:read_pajek", "places of vertices")
def pajek(place):
    vertices = [f'{k + 1} "n{k}" 0.1 {k / 40}' for k in CLUB]
    edges = [f"{u + 1} {v + 1}" for u, v in CLUB.edges]
    return graph(place, "g.net", [f"*vertices {len(CLUB)}", *vertices, "*edges", *edges])


@row("genwright.graphs.kinds.other_files:read_dot", "label")
def dot(place):
    return graph(place, "g.dot", ["graph {", *(f'  a{u} -- a{v} [label="{u} to {v}"];' for u, v in CLUB.edges), "}"])


@row("genwright.graphs.kinds.other_files:read_adjlist", "comments")
def adjlist(place):
    return graph(place, "g.adjlist", ["# by hand", *nx.generate_adjlist(CLUB)])


@row("genwright.graphs.kinds.other_files:read_multiline_adjlist", "comments")
def multiline(place):
    return graph(place, "g.multiline_adjlist", ["# by hand", *nx.generate_multiline_adjlist(nx.Graph(CLUB.edges))])


@row("genwright.graphs.kinds.other_files:read_leda", "comments")
def leda(place):
    nodes, edges = list(CLUB), list(CLUB.edges)
    lines = ["# by hand", "LEDA.GRAPH", "string", "int", "-2", str(len(nodes)), *(f"|{{n{k}}}|" for k in nodes)]
    return graph(place, "g.leda", [*lines, str(len(edges)), *(f"{u + 1} {v + 1} 0 |{{1}}|" for u, v in edges)])


@row("genwright.graphs.kinds.edge_lists:read_lone_edges", "comment")
def edges(place):
    return graph(place, "g.edges", ["# by hand", *(f"{u} {v}" for u, v in CLUB.edges)])


@row("genwright.graphs.kinds.graph_texts:read_node_link", "made by")
def node_link(place):
    told = nx.node_link_data(nx.Graph(CLUB.edges, **{"made by": "Anna"}), edges="links")
    return put(place / "g.json", json.dumps(told))


READERS = sorted({form.reader for form in FORMS if form.reader})


def require_row(reader: str) -> None:
    assert reader in MORE or reader in NOTHING_MORE, RULE.format(reader=reader)


def report_of(source: Path, **options: object) -> str:
    """All that is said of a source, with the columns that are used, or its refusal."""
    try:
        data = genwright.load_data(source, **options)
    except GenwrightError as error:
        return str(error)
    questions = map(str, getattr(data, "questions", ()))
    return "\n".join([*data.describe(), *data.account.sentences(), *questions])


@pytest.mark.parametrize("reader", READERS)
def test_one_thing_more_is_said(reader, tmp_path):
    require_row(reader)
    if reader in NOTHING_MORE:
        return
    more = MORE[reader]
    if more.needs and not find_spec(more.needs):
        pytest.skip(f"needs {more.needs}")
    said = report_of(more.make(tmp_path), **more.options)
    assert more.thing in said.replace(str(tmp_path), ""), UNSAID.format(reader=reader, thing=more.thing) + f"\n{said}"


def test_no_row_is_of_a_reader_that_is_gone():
    assert not {*MORE, *NOTHING_MORE} - {*READERS}


def test_a_new_reader_without_a_row_fails_and_is_told_what_to_do():
    toy = replace(FORMS[0], reader="formats.tables.toys:read_toys", suffixes=(".toy",))
    assert isinstance(toy, Form)
    with pytest.raises(AssertionError, match="Account.see") as failed:
        require_row(toy.reader)
    assert toy.reader in str(failed.value)
