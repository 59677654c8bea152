"""What proteins bring: predictors of the structure of chains."""

from pathlib import Path

from ..core.manifest import Named, Package, Task

STRUCTURE = ("proteins", "structure")
TASKS = {
    STRUCTURE: Task(
        "genwright.proteins.families.structures:Structures",
        "genwright.proteins.measure.structures_suite:Suite",
        "genwright.proteins.families.structures:structure_data",
        small_data="genwright.proteins.contract:Chains",
        answers="folded",
    ),
}
NAMED = {
    "foldable-chains": Named(
        "made: chains of five helices that fold by the letters of their loops, other folds in the test part",
        "none needed", "genwright.proteins.kinds.named:foldable_chains", ("seed",)),
    "foldable-chains-hidden": Named("the same, with alignments that alone show a third of the turns", "none needed",
        "genwright.proteins.kinds.named:hidden_turns", ("seed",)),
    "foldable-chains-local": Named("the same, with turns as one sees them who looks along the helix before",
        "none needed", "genwright.proteins.kinds.named:local_turns", ("seed",)),
    "foldable-chains-two-faced": Named("made: chains of four helices, some of whose letters mean two folds",
        "none needed", "genwright.proteins.kinds.named:two_faced_turns", ("seed",)),
}  # fmt: skip
PACKAGE = Package(
    "genwright.proteins",
    "structures of protein chains",
    extra="protein",
    needs=("gemmi", "Bio"),
    kinds=("genwright.proteins.kinds.kind:KIND",),
    named=NAMED,
    tasks=TASKS,
    index=Path(__file__).with_name("zoo") / "index.json",
    extends={"classes of answers": ("genwright.proteins.kinds.chain:Chain",)},
)
