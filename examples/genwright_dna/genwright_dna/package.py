"""What the package brings. Reading it loads nothing else."""

from genwright.core.manifest import Named, Package, Task

PACKAGE = Package(
    "genwright_dna",
    "strands of DNA",
    kinds=("genwright_dna.strands:KIND",),
    named={
        "made-strands": Named("made: 400 strands, a G after each C", "none needed", "genwright_dna.strands:made"),
    },
    tasks={("strands", "generate"): Task("genwright_dna.strands:Strands", "genwright.measure.suites.sequences:Suite")},
    registers=("genwright_dna.model:register",),
    commands={"gc": "genwright_dna.command:gc"},
)
