"""What molecules bring: models that generate them as lines of symbols, predictors of their measured properties, design
and screening.
"""

from pathlib import Path

from ..core.manifest import Named, Package, Task

MOLECULENET = "CC0 1.0 (files of AttentiveFP); MoleculeNet, Wu et al. 2018"
MEASURED = "genwright.molecules.kinds.named:measured"
MOLECULES = ("molecules", "generate")
PROPERTIES = ("molecules", "properties")
TASKS = {
    MOLECULES: Task(
        "genwright.molecules.kinds.domain:Molecules",
        "genwright.molecules.measure.molecules_suite:Suite",
        grow="genwright.molecules.cli:grow_scaffolds",
    ),
    PROPERTIES: Task(
        "genwright.molecules.families.properties_domain:Properties",
        "genwright.molecules.measure.properties_suite:suite",
        "genwright.molecules.families.properties_domain:properties_data",
        schema=Path(__file__).with_name("families") / "properties.schema.json",
        small_data="genwright.molecules.contract:Assay",
        predict_file="genwright.molecules.library_tables:predict_file",
        chosen="name what to predict with --target (target=)",
    ),
}
COMMANDS = "score", "design", "screen", "explain", "conformers"
READERS = "genwright.molecules.kinds.named"
NAMED = {
    "moses": Named("1,760,737 drug-like molecules, published split", "MIT (Insilico Medicine)", f"{READERS}:moses"),
    "zinc-jtvae": Named("29,445 drug-like molecules: validation (to train) and test of ZINC250k as JT-VAE split it",
        "MIT (Jin et al. 2018); ZINC, Irwin et al. 2012", f"{READERS}:zinc_jtvae"),
    "qm9-smiles": Named(
        "133,247 small molecules, neutralised", "CC BY 4.0 (Ramakrishnan et al. 2014)", f"{READERS}:qm9_smiles"
    ),
    "qm9-graphs": Named("132,307 small molecules, neutralised, as graphs of atoms and bonds",
        "CC BY 4.0 (Ramakrishnan et al. 2014)", f"{READERS}:qm9_graphs"),
    "bbbp": Named("2,050 molecules that pass into the brain or do not", MOLECULENET, MEASURED, ("bbbp",)),
    "bace": Named("1,513 molecules that bind beta-secretase 1 or do not", MOLECULENET, MEASURED, ("bace",)),
    "esol": Named("1,128 molecules, solubility in water", MOLECULENET, MEASURED, ("esol",)),
    "freesolv": Named("642 molecules, energy of hydration", MOLECULENET, MEASURED, ("freesolv",)),
    "lipophilicity": Named("4,200 molecules, logD", MOLECULENET, MEASURED, ("lipophilicity",)),
    "antibiotics": Named("2,335 molecules that stop E. coli or do not", "none stated (Stokes et al. 2020, table S1)",
        MEASURED, ("antibiotics",)),
}  # fmt: skip
PACKAGE = Package(
    "genwright.molecules",
    "molecules to generate, to predict about, to design and to screen",
    extra="mol",
    needs=("rdkit", "selfies", "joblib"),
    kinds=("genwright.molecules.kinds.kind:KIND",),
    forms="genwright.molecules.kinds.forms",
    options="genwright.molecules.kinds.options",
    named=NAMED,
    tasks=TASKS,
    index=Path(__file__).with_name("zoo") / "index.json",
    commands={name: f"genwright.molecules.cli:{name}" for name in COMMANDS},
    pages=(
        "genwright.molecules.studio.molecule_page:PAGE",
        "genwright.molecules.studio.design_page:PAGE",
        "genwright.molecules.studio.screen_page:PAGE",
    ),
    extends={
        "alphabets": ("genwright.molecules.chemistry.notations:symbols_of_molecules",),
        "meanings of graphs": ("genwright.molecules.kinds.meaning:MEANING",),
    },
    folders={"descriptors": "genwright.molecules.chemistry.descriptors:cache_file"},
)
