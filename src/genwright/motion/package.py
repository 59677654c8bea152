"""What motion brings: clips of moving pictures."""

from pathlib import Path

from ..core.manifest import Named, Package, Task

SKLEARN = "BSD 3-clause (scikit-learn); originally UCI Machine Learning Repository, CC BY 4.0"
CLIPS = ("clips", "generate")
TASKS = {
    CLIPS: Task("genwright.motion.kinds.domain:Clips", "genwright.motion.measure.clips_suite:Suite"),
}
READERS = "genwright.motion.kinds.named"
NAMED = {
    "moving-digits": Named("made: clips of two handwritten digits that bounce, 20 frames of 32 x 32, with captions",
        SKLEARN, f"{READERS}:moving_digits", ("seed",)),
    "moving-digit": Named("made: the same with one digit", SKLEARN, f"{READERS}:moving_digit", ("seed",)),
    "moving-mnist": Named(
        "made: the same with two digits of MNIST", "CC BY-SA 3.0 (LeCun, Cortes)", f"{READERS}:moving_mnist", ("seed",)
    ),
    "moving-shapes": Named("made: clips of one shape in colour that bounces, 20 frames of 32 x 32, with captions",
        "none needed", f"{READERS}:moving_shapes", ("seed",)),
}  # fmt: skip
PACKAGE = Package(
    "genwright.motion",
    "clips of moving pictures",
    extra="video",
    needs=("av",),
    kinds=("genwright.motion.kinds.kind:KIND",),
    forms="genwright.motion.kinds.forms",
    named=NAMED,
    tasks=TASKS,
    index=Path(__file__).with_name("zoo") / "index.json",
)
