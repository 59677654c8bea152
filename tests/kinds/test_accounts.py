# Tests core/account.py, kinds/parts.py
"""Every reader gives an account of its source: each record is an item, left out or merged, and what is not used is
named. Where a source could be read in two ways, and one of them loses rows or values, it is refused or asked about."""

import json
import wave

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import genwright
from genwright.core.account import Account
from genwright.core.errors import DataError
from genwright.kinds.load import read_items
from genwright.molecules.design.plan import read_start

N = 24  # items of each source
MOLECULES = [f"{'C' * k}{end}" for k in range(1, 9) for end in ("O", "N", "F")]


def text(path):
    path = path / "lines.txt"
    path.write_text("\n".join(f"this is line {k}" for k in range(N)) + "\n\n  \nthe last\n")
    return path, {}, N + 3, []


def smiles(path):
    path = path / "mols.smi"
    path.write_text("\n".join(["smiles name", "# by hand", "", *(f"{one} n" for one in MOLECULES), "nonsense"]) + "\n")
    return path, {}, N + 4, ["name"]


def measured(path):
    path, table = (
        path / "mols.csv",
        pd.DataFrame({"smiles": [*MOLECULES, "C1CC"], "y": [k % 3 + 0.5 for k in range(N + 1)], "units": "nM"}),
    )
    table.to_csv(path, index=False)
    return path, {"kind": "molecules", "given": ["y"]}, None, ["units"]


def fasta(path):
    path = path / "chains.fasta"
    blocks = "".join(f">c{k}\n   1 {'ACDEFGHIKL'[k % 10 :]}AC {'DEFGHIKLMN'}\n  21 AC\n//\n" for k in range(N))
    path.write_text(f"; of mine\n{blocks}>empty\n")
    return path, {}, N + 1, ["name", "comments"]


def column(path):
    texts = [f"text number {k}" for k in range(N)]
    return pd.DataFrame({"t": [*texts, None, " "], "other": "x"}), {"column": "t"}, N + 2, ["other"]


def edges(path):
    for k in range(N):
        ring = "".join(f"{i} {(i + 1) % (5 + k)}\n" for i in range(5 + k))
        (path / f"{k}.edges").write_text(f"# ring\n{ring}0 1\n")
    (path / "readme.md").write_text("rings")
    return path, {}, N, ["readme.md", "comments"]


def graphml(path):
    for k in range(N):
        graph = nx.cycle_graph(5 + k)
        nx.set_edge_attributes(graph, {edge: f"layer {i}" for i, edge in enumerate(graph.edges)}, "layer")
        nx.write_graphml(graph, path / f"{k}.graphml")
    return path, {"edge_kind": "none"}, N, ["layer"]


def points(path):
    path, rng = path / "mols.xyz", np.random.default_rng(0)
    atoms = lambda: "".join("C {:.3f} {:.3f} {:.3f} 1\n".format(*rng.normal(size=3) * 3) for _ in range(4))
    head = "Properties=species:S:1:pos:R:3:charge:R:1 energy=1.5 relaxed"
    path.write_text("".join(f"4\n{head}\n{atoms()}" for _ in range(N)) + "2\nboth\nC 0 0 0\nC 0 0 0\n")
    return path, {}, N + 1, ["charge", "relaxed", "energy"]


def sound(path):
    for k in range(N + 1):
        with wave.open(str(path / f"{k}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((np.sin(np.arange(800) * (0.1 + 0.01 * k)) * 9000 * (k > 0)).astype("<i2").tobytes())
    (path / "notes.pdf").write_bytes(b"-")
    return path, {}, N + 1, ["notes.pdf"]


def pictures(path):
    rng = np.random.default_rng(0)
    for k in range(N):
        Image.fromarray(rng.integers(0, 255, (16, 16), np.uint8)).save(path / f"{k}.png")
    (path / "captions.doc").write_bytes(b"-")
    return path, {}, N, ["captions.doc"]


def is_balanced(account):
    """Whether each record is an item, left out or merged, where records are counted. Parts of items, such as edges, are
    merged among as many as there are of them, and not of records."""
    lost = sum(left.count for left in account.left_out)
    lost += sum(merged.count for merged in account.merged if merged.total == account.records)
    return account.records is None or account.records == account.items + lost


DOORS = (text, smiles, measured, fasta, column, edges, graphml, points, sound, pictures)


@pytest.mark.parametrize("make", DOORS, ids=lambda make: make.__name__)
def test_each_record_is_an_item_or_left_out_or_merged(make, tmp_path):
    source, options, records, unused = make(tmp_path)
    account = (data := genwright.load_data(source, **options)).account
    lost = sum(left.count for left in account.left_out)
    assert account.records == records or records is None and account.records in (None, N + 1)
    assert account.items == sum(data.sizes.values())
    assert is_balanced(account) and (records is None or records == account.items + lost)
    told = "\n".join(data.describe())
    assert all(sentence in told for sentence in account.sentences())
    assert all(name in told for name in unused)


def test_an_account_counts_and_names():
    account = Account(10, 6)
    account.leave_out(1, "line", "empty")
    account.merge(3, 10, "line")
    account.see("columns", "abcdefghij")
    account.see("comments", 1)
    assert is_balanced(account) and not is_balanced(account + Account(left_out=account.left_out))
    assert account.sentences() == [
        "1 of 10 lines left out (empty)",
        "3 of 10 lines merged (repeated)",
        "10 columns not used: a, b, c, d, e, f, g, h and 2 more",
        "not used: 1 comment",
    ]


# ---------------------------------------------------------------------- refused, not resolved in silence


def graph(text):
    return f'<graphml>{text}<graph edgedefault="undirected"><node id="a">{{}}</node></graph></graphml>'


REFUSED = {
    "quote.csv": "id,path,n\n" + "".join(f'{k},{chr(34) * (k in (4, 9))}/x{k},{k}\n' for k in range(30)),
    "never closed.csv": "id,path\n" + "".join(f'{k},{chr(34) * (k == 4)}/x{k}\n' for k in range(30)),
    "twice.json": "[" + ",".join(f'{{"a": {k}, "b": 1, "a": {k + 1}}}' for k in range(30)) + "]",
    "twice.jsonl": "\n".join(f'{{"a": {k}, "b": 1, "a": {k + 1}}}' for k in range(30)),
    "nodes.json": '{"nodes": [{"id": "a"}, {"id": "b", "id": "c"}], "links": []}',
    "keys.graphml": graph('<key id="k" attr.name="x"/><key id="k" attr.name="y"/>').format(""),
    "data.graphml": graph('<key id="k" attr.name="x"/>').format('<data key="k">1</data><data key="k">2</data>'),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_lose_rows_or_values_is_refused(name, tmp_path):
    (tmp_path / name).write_text(REFUSED[name])
    with pytest.raises(DataError):
        genwright.load_data(tmp_path / name)


def test_a_well_formed_cell_of_rows_is_asked_about(tmp_path):
    rows = [f"{k},word {k},{k * 7 % 5}" for k in range(40)]
    asks = lambda name: any("row 6" in str(asked) for asked in genwright.load_data(tmp_path / name).questions)
    rows[5], rows[8] = '5,"word 5,0', '8,word 8",1'
    (tmp_path / "t.csv").write_text("\n".join(["id,text,n", *rows]))
    assert asks("t.csv")
    rows[5:9] = ['5,"a text\nof two lines, with commas",1', "6,b,1", "7,c,1", "8,d,1"]
    (tmp_path / "u.csv").write_text("\n".join(["id,text,n", *rows]))
    assert not asks("u.csv")


def test_two_texts_or_two_images_of_one_image_are_refused(tmp_path):
    source, *_ = pictures(tmp_path)
    (source / "1.txt").write_text("one")
    (source / "1.caption").write_text("another")
    with pytest.raises(DataError):
        genwright.load_data(source, given="caption")


def test_numbers_of_nodes_that_begin_again_are_refused(tmp_path):
    ring = "".join(f"{i}, {j}\n" for i in range(1, 5) for j in (i % 4 + 1, (i - 2) % 4 + 1))
    for part, lines in {"A": ring * N, "graph_indicator": "".join(f"{k + 1}\n" * 4 for k in range(N)),
                        "graph_labels": "1\n2\n" * (N // 2)}.items():  # fmt: skip
        (tmp_path / f"R_{part}.txt").write_text(lines)
    with pytest.raises(DataError, match=r"lie in 1 of 24 graphs, and \d+ repeat"):
        genwright.load_data(tmp_path)


def test_a_refusal_of_few_items_says_what_was_left_out(tmp_path):
    (tmp_path / "m.smi").write_text("\n".join(["CCO", "CCN", *["nonsense"] * 30]))
    with pytest.raises(DataError, match=r"^30 of 32 molecules left out .* so .* holds 2 items: at least 10"):
        genwright.load_data(tmp_path / "m.smi")


# ---------------------------------------------------------------------- a first line that is a row


def test_a_first_line_that_is_a_row_is_kept(tmp_path):
    cut = lambda rows: "\n".join(",".join(map(str, row)) for row in rows)
    (tmp_path / "m.csv").write_text(cut((one, k + 0.5) for k, one in enumerate(["CCOC", *MOLECULES])))
    data = genwright.load_data(tmp_path / "m.csv")
    assert data.kind == "molecules" and sum(data.sizes.values()) == N + 1
    (tmp_path / "iris.csv").write_text(cut((5.1 + k % 9, 0.2 * k, "ab"[k % 2]) for k in range(N)))
    data = genwright.load_data(tmp_path / "iris.csv")
    assert sum(data.sizes.values()) == N and any("names no columns" in line for line in data.describe())
    (tmp_path / "years.csv").write_text(cut([("country", 2019, 2020), *((f"c{k}", k, k / 7) for k in range(N))]))
    assert sum(genwright.load_data(tmp_path / "years.csv").sizes.values()) == N


# ---------------------------------------------------------------------- readers that lost some


def test_a_dative_bond_is_no_reaction(tmp_path):
    (tmp_path / "m.smi").write_text("\n".join([*MOLECULES, "[NH3]->[Pt](Cl)Cl", "CC>>CO"]))
    data = genwright.load_data(tmp_path / "m.smi", salts="keep")
    every = [one for part in data.items.values() for one in part]
    assert len(every) == N + 1 and any("->" in one for one in every)
    assert data.unreadable["text"].tolist() == ["CC>>CO"]


@pytest.mark.parametrize("size", [0, 2**32 - 1])
def test_sound_that_was_streamed_is_read_to_its_end(size, tmp_path):
    source, *_ = sound(tmp_path)
    whole = genwright.load_data(source)
    for file in source.glob("*.wav"):
        content = bytearray(file.read_bytes())
        content[4:8] = content[40:44] = size.to_bytes(4, "little")
        file.write_bytes(content)
    data = genwright.load_data(source)
    assert data.hash == whole.hash and any("without a length" in line for line in data.describe())


def test_twelve_bits_in_files_of_sixteen_are_as_bright(tmp_path):
    rng = np.random.default_rng(0)
    for k in range(N):
        Image.fromarray((rng.random((16, 16)) * 4095).astype(np.uint16)).save(tmp_path / f"{k}.png")
    data = genwright.load_data(tmp_path)
    assert np.concatenate([np.asarray(part).ravel() for part in data.items.values()]).max() > 250
    assert any("16 bits" in line for line in data.describe())


def test_fields_of_several_lines_and_blank_lines_of_an_sdf_are_read(tmp_path):
    from rdkit import Chem
    from rdkit.Chem import AllChem

    blocks = []
    for k, one in enumerate(MOLECULES):
        molecule = Chem.AddHs(Chem.MolFromSmiles(one))
        AllChem.EmbedMolecule(molecule, randomSeed=1)
        fields = f">  <note>\nfirst {k}\nsecond\n\n> 25 <energy>\n{k}.5\n\n"
        blocks.append("\n" * (k % 3) + Chem.MolToMolBlock(molecule) + fields + "$$$$\n")
    (tmp_path / "m.sdf").write_text("\n".join(blocks))
    for kind in ("molecules", "points"):
        data = genwright.load_data(
            tmp_path / "m.sdf", given=["energy"], **({"kind": kind} if kind == "molecules" else {})
        )
        assert data.kind == kind and sum(data.sizes.values()) >= N - 1
        energies = np.concatenate([data.values(part, "energy") for part in data.items])
        assert np.isfinite(energies.astype(float)).all() and any("note" in line for line in data.describe())


def test_a_folder_of_tables_is_no_set_of_graphs(tmp_path):
    for name in "ab":
        pd.DataFrame({"x": range(N), name: range(N)}).to_csv(tmp_path / f"{name}.csv", index=False)
    with pytest.raises(DataError, match="name one of them"):
        genwright.load_data(tmp_path)


def test_a_node_in_two_masks_is_refused():
    torch_geometric = pytest.importorskip("torch_geometric")
    import torch

    masks = {name: torch.arange(N) < N // 2 for name in ("train_mask", "test_mask")}
    ends = torch.stack([torch.arange(N), (torch.arange(N) + 1) % N])
    with pytest.raises(DataError, match="12 nodes"):
        genwright.load_data(torch_geometric.data.Data(edge_index=ends, y=torch.arange(N) % 2, num_nodes=N, **masks))


def test_json_of_one_key_an_object_is_read(tmp_path):
    (tmp_path / "t.json").write_text(json.dumps([{"a": k * 7 % 11 + 0.5, "b": "xyz"[k % 3]} for k in range(N)]))
    assert sum(genwright.load_data(tmp_path / "t.json").sizes.values()) == N


# ---------------------------------------------------------------------- one unreadable item of many


def test_one_unreadable_molecule_of_many_is_a_counted_skip(tmp_path):
    rng = np.random.default_rng(0)
    atoms = [f"4\nm\n{''.join('C {:.3f} {:.3f} {:.3f}{}'.format(*row, chr(10)) for row in rng.normal(size=(4, 3)) * 3)}"
             for _ in range(N)]  # fmt: skip
    atoms[3] = atoms[3].replace("C", "C x", 1)
    (tmp_path / "m.xyz").write_text("".join(atoms))
    data = genwright.load_data(tmp_path / "m.xyz")
    assert (
        data.account.records == N and data.account.items == N - 1 and data.unreadable["where"].tolist() == ["line 19"]
    )
    atoms[5:7] = [one.replace("C", "C x", 1) for one in atoms[5:7]]
    (tmp_path / "m.xyz").write_text("".join(atoms))
    with pytest.raises(DataError):
        genwright.load_data(tmp_path / "m.xyz")


def test_one_unreadable_scaffold_of_many_is_a_counted_skip(tmp_path):
    (tmp_path / "m.smi").write_text("\n".join(MOLECULES))
    data = genwright.load_data(tmp_path / "m.smi")
    read = read_items(["[*:1]CCO", "[*:1]C1CC", "C[*:1]"], data.domain)
    assert len(read.items) == 2 and read.account.left_out[0].count == 1
    start = read_start(["CCO", "CC->O", "[NH3]->[Pt](Cl)Cl", "nonsense"])
    assert len(start.smiles) >= 2 and start.unreadable >= 1
