"""Five files of molecules as vendors and assays give them, and five sets of images as phones and microscopes do."""

import gzip
import random
from pathlib import Path

import numpy as np
from expected import Expected
from PIL import Image


def hits(folder: Path) -> Expected:
    """A .smi file: SMILES, a tab, a name with blanks."""
    found = molecules(random.Random(1), 150)
    source = folder / "hits.smi"
    source.write_text("".join(f"{smiles}\tcompound {number} (plate A)\n" for number, smiles in enumerate(found)))
    return Expected(source, "molecules", 150)


def assay(folder: Path) -> Expected:
    """A table of ChEMBL: names, a column of SMILES, eight columns of values that nothing uses unless asked."""
    rng, lines = random.Random(2), []
    names = "Molecule ChEMBL ID;Smiles;Molecular Weight;AlogP;HBA;HBD;PSA;QED Weighted;Standard Type;pChEMBL Value"
    for number, smiles in enumerate(molecules(rng, 200)):
        weight, polar = rng.gauss(300, 60), max(rng.gauss(70, 25), 0)
        values = f"{weight:.2f};{rng.gauss(2.5, 1):.2f};{rng.randrange(1, 8)};{rng.randrange(4)};{polar:.2f}"
        lines.append(f"CHEMBL{1000 + 7 * number};{smiles};{values};{rng.random():.2f};IC50;{rng.gauss(6.3, 1):.2f}")
    source = folder / "chembl_activities.csv"
    source.write_text("\n".join([names, *lines]) + "\n")
    return Expected(source, "molecules", 200, asks={"--given|--target": {}})


def vendor(folder: Path) -> Expected:
    """A packed SDF of a catalogue: flat drawings, hydrogens left out, prices as properties. No points in space."""
    from rdkit import Chem
    from rdkit.Chem import AllChem

    rng, blocks = random.Random(3), []
    for number, smiles in enumerate(molecules(rng, 80)):
        molecule = Chem.MolFromSmiles(smiles)
        AllChem.Compute2DCoords(molecule)
        molecule.SetProp("_Name", f"Z{number:05}")
        prices = f">  <ID>\nZ{number:05}\n\n>  <PRICE_EUR>\n{rng.randrange(20, 400)}\n\n$$$$\n"
        blocks.append(Chem.MolToMolBlock(molecule) + prices)
    source = folder / "catalogue.sdf.gz"
    source.write_bytes(gzip.compress("".join(blocks).encode(), mtime=0))
    return Expected(source, "molecules", 80, asks={"--kind molecules": {"kind": "molecules"}}, may_ask=VALUES)


def library(folder: Path) -> Expected:
    """A packed library with a line of names, salts, the same molecule spelt twice, and lines that are none."""
    rng = random.Random(4)
    found = molecules(rng, 200)
    written = [
        smiles + (rng.choice([".Cl", ".[Na+]", ".OS(=O)(=O)O"]) if k % 12 == 0 else "")
        for k, smiles in enumerate(found)
    ]
    written += found[:9]
    rows = [f"{smiles} LIB-{k:04}" for k, smiles in enumerate(written)]
    for place, text in zip((20, 60, 90, 140, 180), ("C1CC", "n/a", "c1ccccc", "CC(C", "[Xx]C")):
        rows.insert(place, f"{text} LIB-BAD{place}")
    source = folder / "library.smi.gz"
    source.write_bytes(gzip.compress(("SMILES ID\n" + "\n".join(rows) + "\n").encode(), mtime=0))
    return Expected(
        source, "molecules", (200, 209),
        says=(r"(?i)\b(5|five)\b.*(read|molecule)", r"(?i)duplicate|copies", r"(?i)salt|fragment"),
    )  # fmt: skip


def structures(folder: Path) -> Expected:
    """A TSV whose SMILES stand in a column called Structure, beside a measured value."""
    rng = random.Random(5)
    rows = [f"CPD-{k:03}\t{smiles}\t{rng.gauss(6, 1):.1f}" for k, smiles in enumerate(molecules(rng, 160))]
    source = folder / "compounds.tsv"
    source.write_text("\n".join(["ID\tStructure\tpIC50", *rows]) + "\n")
    return Expected(source, "molecules", 160, asks={"--kind molecules|--target": {"kind": "molecules"}}, may_ask=VALUES)


def flowers(folder: Path) -> Expected:
    """A folder a class, photographs of several sizes as JPEG and PNG, beside what Finder and Explorer leave."""
    rng, home = np.random.default_rng(6), folder / "flowers"
    for label, colour in (("daisy", (240, 240, 230)), ("poppy", (210, 40, 30)), ("violet", (110, 60, 180))):
        (home / label).mkdir(parents=True)
        for number in range(20):
            side = int(rng.integers(40, 72))
            pixels = np.clip(rng.normal(90, 15, (side, side + 4, 3)) + np.array(colour) * 0.5, 0, 255).astype(np.uint8)
            suffix = ("jpg", "png", "JPG")[number % 3]
            Image.fromarray(pixels).save(
                home / label / f"IMG_{number:04}.{suffix}", "PNG" if suffix == "png" else "JPEG"
            )
        (home / label / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0 thumbs")
    (home / ".DS_Store").write_bytes(b"\x00\x00\x00\x01Bud1")
    return Expected(home, "images", 60, labels={"daisy", "poppy", "violet"}, says=("(?i)resiz",))


def icons(folder: Path) -> Expected:
    """Images of one size in one folder, some grey, some with transparency, some with a palette."""
    rng, home = np.random.default_rng(7), folder / "icons"
    home.mkdir()
    for number in range(45):
        picture = Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8))
        mode = ("RGB", "L", "RGBA", "P", "RGB")[number % 5]
        picture.convert(mode).save(home / f"icon-{number}.png")
    return Expected(home, "images", 45, shape=(32, 32, 3))


def microscope(folder: Path) -> Expected:
    """Thirty grey images, of which the copy of one stopped halfway."""
    rng, home = np.random.default_rng(8), folder / "cells"
    home.mkdir()
    for number in range(30):
        Image.fromarray(rng.integers(0, 256, (28, 28), dtype=np.uint8)).save(home / f"cell_{number:03}.png")
    cut = home / "cell_017.png"
    cut.write_bytes(cut.read_bytes()[:200])
    return Expected(home, "images", 29, shape=(28, 28, 1), says=("cell_017",))


def phone(folder: Path) -> Expected:
    """Photographs of a phone held upright: the file lies on its side, and its EXIF says how to turn it."""
    rng, home = np.random.default_rng(9), folder / "DCIM"
    home.mkdir()
    for number in range(24):
        upright = np.clip(rng.normal(60, 12, (64, 48, 3)), 0, 255).astype(np.uint8)
        upright[:24] = np.clip(rng.normal(210, 12, (24, 48, 3)), 0, 255)  # the sky
        picture, exif = Image.fromarray(np.rot90(upright, 1).copy()), Image.Exif()
        exif[0x0112] = 6  # turn by 90 degrees clockwise to look at it
        picture.save(home / f"IMG_20240312_{number:06}.jpg", exif=exif, quality=92)
    return Expected(home, "images", 24, bright_on_top=True)


def scans(folder: Path) -> Expected:
    """An .npz of images and labels as words."""
    rng = np.random.default_rng(10)
    labels = rng.choice(["benign", "malignant", "normal"], 90)
    source = folder / "scans.npz"
    np.savez_compressed(source, images=rng.integers(0, 256, (90, 28, 28), dtype=np.uint8), labels=labels)
    return Expected(source, "images", 90, shape=(28, 28, 1), labels={"benign", "malignant", "normal"})


def molecules(rng: random.Random, n: int) -> list[str]:
    """SMILES of different molecules of a ring and two groups."""
    from rdkit import Chem

    rings = ["c1ccc({})cc1", "C1CCC({})CC1", "c1ccc({})nc1", "C1CCN({})CC1", "c1cc({})sc1", "c1cc({})oc1"]
    heads = ["C", "CC", "CCC", "OC", "NC", "CC(C)", "FC", "ClC", "N#CC", "CSC", "OCC"]
    tails = ["C", "CC", "CO", "C(=O)O", "C(=O)N", "C#N", "CCO", "CCN", "C(C)C", "C(F)(F)F", "CCl"]
    found: dict[str, str] = {}  # by what RDKit calls them: OCC and CCO are one molecule
    while len(found) < n:
        smiles = rng.choice(heads) + rng.choice(rings).format(rng.choice(tails))
        found.setdefault(Chem.CanonSmiles(smiles), smiles)
    return list(found.values())


VALUES = ("--given", "--target")  # what stands beside molecules may be asked once they are molecules
FILES = (hits, assay, vendor, library, structures, flowers, icons, microscope, phone, scans)
