"""Files of the names that the docs use, written where a reader would have their own."""

import gzip
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
from PIL import Image

import genwright
from genwright.contract import small_data
from genwright.counts.contract import made_cells
from genwright.graphs import contract as graphs_contract
from genwright.kinds.domain import Drawn
from genwright.molecules import contract as molecules_contract
from genwright.private.contract import made_rows
from genwright.proteins import contract as proteins_contract
from genwright.proteins.families.folded import Folded, write_folded
from genwright.sound import contract as sound_contract
from genwright.sound.kinds.audio.sound_files import wav_bytes

MY_SCORE = """def score(smiles: list[str]) -> list[float]:
    return [float(text.count("N")) for text in smiles]
"""


def write_files(folder: Path) -> None:
    _tables(folder)
    _counts(folder)
    _pictures(folder)
    _lines(folder)
    _sounds(folder)
    _music(folder)
    _points(folder)
    _molecules(folder)
    _graph_sets(folder)
    _graphs(folder)
    _proteins(folder)


def _proteins(folder: Path) -> None:
    chains = proteins_contract.helices_and_strands().chains
    whole = [Folded.of_chain(chain, chain.atoms, np.ones(len(chain))) for chain in chains]
    write_folded(whole, folder / "chains", [f"chain{number}" for number in range(len(whole))])
    (folder / "seqs.fasta").write_text("".join(f">{k}\n{chain.sequence}\n" for k, chain in enumerate(chains[:3])))


def _tables(folder: Path) -> None:
    rng = np.random.default_rng(0)
    species = rng.choice(["Adelie", "Chinstrap", "Gentoo"], 120)
    mass = (3700 + 1300 * (species == "Gentoo") + rng.normal(0, 300, 120)).round(-1)
    penguins = pd.DataFrame({"species": species, "body_mass_g": mass, "sex": rng.choice(["male", "female"], 120)})
    penguins["year"] = rng.integers(2007, 2010, 120)
    penguins.to_csv(folder / "penguins.csv", index=False)
    holes = penguins[:20].copy()
    holes.loc[::2, "sex"] = None
    holes.loc[1::2, "body_mass_g"] = np.nan
    holes.to_csv(folder / "holes.csv", index=False)
    days, patients = pd.date_range("2024-01-01", periods=120), np.arange(120) // 3
    visits = penguins.assign(patient=patients, visit_date=days, sex=np.array(["f", "m"])[patients % 2])
    visits.to_csv(folder / "visits.csv", index=False)
    made_rows(200).rename(columns={"size": "income"}).to_csv(folder / "people.csv", index=False)
    page = (Path(__file__).parents[2] / "docs" / "private.md").read_text()
    (folder / "values.toml").write_text(page.partition("```toml\n")[2].partition("```")[0])
    hours = pd.date_range("2024-01-01", periods=480, freq="h")
    value = np.sin(np.arange(480) * np.pi / 12) + rng.normal(0, 0.2, 480)
    pd.DataFrame({"timestamp": hours, "value": value.round(3)}).to_csv(folder / "sensor.csv", index=False)
    orders = pd.DataFrame({"order": [f"KD-{k:05}" for k in range(120)], "price": rng.integers(100, 9999, 120) / 100})
    orders.to_csv(folder / "orders.csv", index=False, sep=";", decimal=",", encoding="cp1252")


def _counts(folder: Path) -> None:
    data = genwright.load_data(made_cells(300), kind="counts", given="batch")
    data.domain.write(data.train, folder / "cells.h5ad")
    made_cells(60).drop(columns=["batch", "type"]).to_csv(folder / "words.csv", index=False)


def _pictures(folder: Path) -> None:
    rng = np.random.default_rng(1)
    pictures, labels = rng.integers(0, 256, (40, 12, 12)).astype(np.uint8), np.arange(40) % 2
    np.savez(folder / "x.npz", x=pictures, y=labels)
    Image.fromarray(rng.integers(0, 256, (30, 40, 3)).astype(np.uint8)).save(folder / "sketch.png")
    for number, (picture, label) in enumerate(zip(pictures, labels)):
        place = folder / "my_pictures" / ("cat", "dog")[label] / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place)
        few = folder / "photos" / ("unlabelled" if number >= 30 else place.parent.name) / place.name
        few.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(few)
        captioned = folder / "my_images" / place.name
        captioned.parent.mkdir(exist_ok=True)
        Image.fromarray(picture).save(captioned)
        captioned.with_suffix(".txt").write_text(f"a {('cat', 'dog')[label]}, seen by night\n")
    edits, table = folder / "my_edits", ["file_name,text,before"]
    for part, shown in (("before", pictures), ("after", 255 - pictures)):
        (edits / part).mkdir(parents=True)
        for number, picture in enumerate(shown):
            Image.fromarray(picture).save(edits / part / f"{number}.png")
    table += [f"after/{k}.png,make it {('dark', 'light')[k % 2]},before/{k}.png" for k in range(len(pictures))]
    (edits / "metadata.csv").write_text("\n".join(table))
    Image.fromarray(rng.integers(0, 256, (30, 40, 3)).astype(np.uint8)).save(folder / "photo.png")
    (folder / "my_photos").mkdir()
    for number in range(20):
        Image.fromarray(rng.integers(0, 256, (150, 200, 3)).astype(np.uint8)).save(folder / f"my_photos/{number}.png")
    Image.fromarray(rng.integers(0, 256, (512, 512, 3)).astype(np.uint8)).save(folder / "gravel.png")
    (folder / "prompts.txt").write_text("a cat\na dog, seen by day\n")


def _lines(folder: Path) -> None:
    names = small_data.words()
    (folder / "names.txt").write_text("\n".join([*names.train[:200], "anna", "berta", "dan"]) + "\n")
    (folder / "others.txt").write_text("\n".join(names.test[:5]) + "\n")
    (folder / "holes.txt").write_text("ka__\nlo*\n")
    (folder / "book.txt").write_text(
        "".join(f"{name}, said {other}.\n" for name, other in zip(names.train, names.test))
    )
    (folder / "prompt.txt").write_text("anna, said *\n")
    rng = np.random.default_rng(4)
    words = [" ".join(rng.choice(["good", "bad", "film", "plot", "very", "a"], 4)) for _ in range(200)]
    stars = [word.count("good") - word.count("bad") for word in words]
    pd.DataFrame({"text": words, "stars": stars, "year": rng.integers(1990, 2020, 200)}).to_csv(
        folder / "reviews.csv", index=False
    )


def _sounds(folder: Path) -> None:
    data = sound_contract.tones()
    for k, clip in enumerate(data.train[:40]):
        path = folder / "recordings" / ("yes" if k % 2 else "no") / f"{k}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wav_bytes(clip, data.domain.rate))
    (folder / "others.wav").write_bytes(wav_bytes(data.test[0][:20], data.domain.rate))


def tune(number: int, steps: int = 64) -> np.ndarray:
    """Two voices on a scale."""
    notes = np.random.default_rng(number).integers(7, size=(steps, 2))
    return np.array([60, 62, 64, 65, 67, 69, 71])[notes]


def _music(folder: Path) -> None:
    np.savez(folder / "tune.npz", pitches=tune(1)[None, :32, :1])
    np.savez(folder / "tunes.npz", pitches=np.stack([tune(k) for k in range(2)]))


def _points(folder: Path) -> None:
    def written(items) -> str:
        lines = lambda item: [f"{s} {x:.4f} {y:.4f} {z:.4f}" for s, (x, y, z) in zip(item.symbols, item.positions)]
        return "".join("\n".join([str(len(item)), "", *lines(item)]) + "\n" for item in items)

    found = small_data.molecules()
    (folder / "molecules.xyz").write_text(written(found.train[:150]))
    energies = [-40.0 - len(item) / 8 for item in found.train[:150]]
    found.domain.write(Drawn(found.train[:150], {"energy": energies}), folder / "molecules.sdf")
    (folder / "pieces.xyz").write_text("2\n\nO 0 0 0\nH 0 0.76 -0.6\n")


def _molecules(folder: Path) -> None:
    data = molecules_contract.small_molecules()
    smiles = [*data.train[:200], "c1ccccc1O", "c1ccccc1N"]
    (folder / "mols.smi").write_text("\n".join([*smiles, "c1cccc1"]) + "\n")
    (folder / "my_score.py").write_text(MY_SCORE)
    (folder / "scaffolds.smi").write_text("[*:1]c1ccccc1\nOC*\n")
    (folder / "rings.smi").write_text("c1ccccc1\n")
    rings = ("C1CC1", "C1CCC1", "C1CCCC1", "C1CCCCC1", "c1ccncc1", "c1ccoc1", "c1ccsc1", "C1CCNCC1", "C1CCOCC1")
    smiles += [f"{'C' * n}{ring}" for n in range(1, 7) for ring in rings]
    active, y = [len(line) % 2 for line in smiles], [len(line) / 3 for line in smiles]
    pd.DataFrame({"smiles": smiles, "active": active, "y": y}).to_csv(folder / "assay.csv", index=False)
    export = pd.DataFrame({"Smiles": smiles, "Standard Type": [("IC50", "Ki")[k % 4 == 1] for k in range(len(smiles))]})
    export["Standard Relation"], export["Standard Units"] = [("=", ">")[k % 5 == 0] for k in range(len(smiles))], "nM"
    export["Standard Value"] = [10_000.0 if k % 5 == 0 else 10.0 * (k + 1) for k in range(len(smiles))]
    export["pChEMBL Value"] = [None if k % 5 == 0 else 8 - math.log10(k + 1) for k in range(len(smiles))]
    export.to_csv(folder / "chembl.csv", index=False)
    (folder / "actives.smi").write_text("".join(f"{line}\n" for line, hit in zip(smiles[:60], active) if hit))
    with gzip.open(folder / "library.smi.gz", "wt") as library:
        new = [f"{'C' * n}{end}" for n in range(1, 9) for end in ("N(C)c1ccncc1", "Oc1ccc(N)cc1", "OC1CCNC1")]
        library.writelines(f"{line} M{number}\n" for number, line in enumerate([*smiles[:20], "c1cccc1", *new]))


def _graph_sets(folder: Path) -> None:
    for name, graphs in (
        ("circles", [nx.cycle_graph(5 + k % 4) for k in range(60)]),
        ("parts", [nx.path_graph(4)]),
    ):
        (folder / name).mkdir()
        for number, graph in enumerate(graphs):
            nx.write_graphml(graph, folder / name / f"{number}.graphml")


def _graphs(folder: Path) -> None:
    """Two communities, told apart by a number of each node; and many small graphs in the form of TUDataset."""
    rng = np.random.default_rng(2)
    label = np.arange(60) % 2
    pairs = [(a, b) for a in range(60) for b in range(a) if rng.random() < (0.2 if label[a] == label[b] else 0.02)]
    edges = pd.DataFrame(pairs, columns=["source", "target"])
    nodes = pd.DataFrame({"id": np.arange(60), "age": label + rng.normal(0, 1, 60), "label": label.astype(str)})
    for prefix in ("", "my_", "new_"):
        edges.to_csv(folder / f"{prefix}edges.csv", index=False)
        nodes.to_csv(folder / f"{prefix}nodes.csv", index=False)
    people = ["anna", "bert", *(f"person {number}" for number in range(38))]
    facts = [f"{one}\tknows\t{people[number - 1]}" for number, one in enumerate(people)]
    facts += [f"{one}\tworks_at\tfirm {number % 5}" for number, one in enumerate(people)]
    (folder / "facts.tsv").write_text("\n".join(facts) + "\n")
    many = graphs_contract.rings_and_stars()
    place = folder / "my_set"
    place.mkdir()
    source, target = many.graph.edge_index()
    graph_of = np.repeat(np.arange(len(many.members) - 1), np.diff(many.members))
    np.savetxt(place / "MY_A.txt", np.stack([source, target], 1) + 1, fmt="%d", delimiter=", ")
    np.savetxt(place / "MY_graph_indicator.txt", graph_of + 1, fmt="%d")
    np.savetxt(place / "MY_graph_labels.txt", many.y, fmt="%d")
