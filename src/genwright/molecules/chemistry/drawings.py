"""Drawings of molecules: flat in SDF, and as small SVG with atoms marked, which say what two molecules share, what one
lacks, or what moves a prediction."""

import re
from collections.abc import Mapping
from html import escape
from types import ModuleType

from ...core.errors import DataError
from ...core.packages import Chem, require_package
from ...core.type_names import RdkitMolecule
from .standards import quiet_rdkit

WIDTH, HEIGHT = 240, 180  # pixels of a drawing
RADIUS = 2  # bonds around an atom that are compared
COMMON_COLOUR, NEW_COLOUR = (0.71, 0.87, 0.98), (1.0, 0.80, 0.45)  # a light blue and an orange behind black lines
SECONDS = 1  # limit of the search for the largest common part
Colour = tuple[float, float, float]


def require_drawing() -> ModuleType:
    """Returns RDKit's module that draws. Ask for it before long work that ends in drawings.

    Raises DataError where the system lacks a library that the module loads, as servers without a screen often do."""
    require_package("rdkit")
    try:
        from rdkit.Chem.Draw import rdMolDraw2D
    except ImportError as error:
        raise DataError(
            f"RDKit cannot draw molecules here ({error}): install the library, on Debian and Ubuntu by apt-get install "
            "libxrender1 libxext6 libexpat1"
        ) from error
    return rdMolDraw2D


def alike(smiles: str, other_smiles: str) -> set[int]:
    """Finds the atoms of a molecule whose neighbourhood, one bond or more, another molecule has too.

    Args:
        smiles: SMILES of the molecule.
        other_smiles: SMILES of the other molecule.
    """
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS)
    with quiet_rdkit():
        pairs = []
        for molecule in map(Chem.MolFromSmiles, (smiles, other_smiles)):
            output = rdFingerprintGenerator.AdditionalOutput()
            output.AllocateBitInfoMap()
            generator.GetSparseCountFingerprint(molecule, additionalOutput=output)
            pairs.append((molecule, output.GetBitInfoMap()))
        (molecule, bits), (_, other_bits) = pairs
        atoms = set()
        for bit in bits.keys() & other_bits.keys():
            for centre, radius in bits[bit]:
                if radius:
                    bonds = Chem.FindAtomEnvironmentOfRadiusN(molecule, radius, centre)
                    ends = [molecule.GetBondWithIdx(bond) for bond in bonds]
                    atoms |= {end for bond in ends for end in (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())}
    return atoms


def differing_atoms(smiles: str, other_smiles: str) -> set[int]:
    """Finds the atoms of a molecule outside the largest part that it shares with another."""
    from rdkit.Chem import rdFMCS

    if smiles == other_smiles:
        return set()
    molecules = [Chem.MolFromSmiles(text) for text in (smiles, other_smiles)]
    smarts = rdFMCS.FindMCS(molecules, timeout=SECONDS, ringMatchesRingOnly=True, completeRingsOnly=True).smartsString
    shared_atoms = molecules[0].GetSubstructMatch(Chem.MolFromSmarts(smarts)) if smarts else ()
    return {*range(molecules[0].GetNumAtoms())}.difference(shared_atoms)


def svg(smiles: str, colours: Mapping[int, Colour], title: str) -> str:
    """Draws a molecule as SVG, its atoms and the bonds between two of one colour marked with colours.

    Args:
        smiles: SMILES of the molecule.
        colours: {atom: colour}.
        title: Title of the drawing.
    """
    rdMolDraw2D = require_drawing()
    with quiet_rdkit():
        molecule = Chem.MolFromSmiles(smiles)
        bonds = [
            bond.GetIdx()
            for bond in molecule.GetBonds()
            if colours.get(bond.GetBeginAtomIdx()) == colours.get(bond.GetEndAtomIdx()) is not None
        ]
        drawer = rdMolDraw2D.MolDraw2DSVG(WIDTH, HEIGHT, -1, -1, True)  # letters as text: a tenth of the bytes
        options = drawer.drawOptions()
        options.clearBackground = False
        options.padding, options.fillHighlights = 0.04, True
        rdMolDraw2D.PrepareAndDrawMolecule(
            drawer, molecule, highlightAtoms=list(colours), highlightBonds=bonds,
            highlightAtomColors=dict(colours),
            highlightBondColors={bond: colours[molecule.GetBondWithIdx(bond).GetBeginAtomIdx()] for bond in bonds},
        )  # fmt: skip
        drawer.FinishDrawing()
        head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title, quote=True)}">'
        return shorten_svg(drawer.GetDrawingText(), head)


USUAL = re.compile(
    r"fill-rule:evenodd;|(?:fill|stroke)-opacity:1(?:;|(?='))|stroke-line(?:cap|join):\w+;|stroke-miterlimit:10;"
    r"|text-anchor:start;|font-(?:style|weight):normal;|stroke-width:0(?:\.0)?px;|stroke:none;| class='[^']*'"
    r"|<!--.*?-->|<rect[^>]*fill:#FFFFFF00[^>]*>\s*</rect>|(?<=\d\.\d)\d+",
    re.DOTALL,
)  # defaults of a browser, and a ground that nobody sees
LINES = re.compile(r"<path d='[^']*' style='([^']*)'/>(?:<path d='[^']*' style='\1'/>)+")  # of one style
PLACES = re.compile(r"d='([^']*)'")


def shorten_svg(text: str, head: str) -> str:
    """Says a drawing of RDKit in as few bytes as it takes.

    Args:
        text: SVG.
        head: tag that begins it, with its size and its name for readers of screens.
    """
    inside = USUAL.sub("", text[text.index("<svg") :])
    inside = re.sub(r";?' ?/>", "'/>", inside[inside.index(">") + 1 :])
    inside = re.sub(r">\s+<", "><", inside).strip()
    joined = lambda found: " ".join(PLACES.findall(found[0]))
    one_path = lambda found: f"<path d='{joined(found)}' style='{found[1]}'/>"
    return head + LINES.sub(one_path, inside)


SDF_END = "$$$$"  # line that ends a block


def sdf_block(smiles: str, name: str, data: Mapping[str, object]) -> str:
    """Writes a molecule as SDF, drawn flat, with its data.

    Args:
        smiles: SMILES of the molecule.
        name: Name of the molecule.
        data: {name: value}.
    """
    from rdkit.Chem.rdDepictor import Compute2DCoords

    with quiet_rdkit():
        molecule = Chem.MolFromSmiles(smiles)
        Compute2DCoords(molecule)
        return sdf_block_of(molecule, name, data)


def sdf_block_of(molecule: RdkitMolecule, name: str, data: Mapping[str, object]) -> str:
    """Writes a molecule with coordinates as SDF, with its data.

    Args:
        molecule: with the coordinates to write.
        name: Name of the molecule.
        data: {name: value}.
    """
    molecule.SetProp("_Name", _one_line(name))
    fields = "".join(f">  <{field}>\n{_one_line(value)}\n\n" for field, value in data.items())
    return f"{Chem.MolToMolBlock(molecule)}{fields}{SDF_END}\n"


def _one_line(value: object) -> str:
    """A value on one line, which does not begin like the end of a block."""
    line = " ".join(str(value).split())
    return f" {line}" if line.startswith(SDF_END) else line
