"""What sound brings: clips of sound, and music as notes."""

from pathlib import Path

from ..core.manifest import Named, Package, Task

AUDIO = ("audio", "generate")
MUSIC = ("music", "generate")
TASKS = {
    AUDIO: Task("genwright.sound.kinds.audio.domain:Audio", "genwright.sound.measure.audio_suite:Suite"),
    MUSIC: Task("genwright.sound.kinds.music.domain:Music", "genwright.sound.measure.music_suite:Suite"),
}
NAMED = {
    "fsdd": Named("3,000 spoken digits of six speakers, 8,000 samples a second, official split",
        "CC BY-SA 4.0 (Jackson et al.)", "genwright.sound.kinds.named:spoken_digits"),
    "jsb-chorales": Named("382 chorales of Bach in four voices, on a grid of sixteenths, official split",
        "public domain (J. S. Bach; Boulanger-Lewandowski 2012)", "genwright.sound.kinds.named:chorales"),
}  # fmt: skip
PACKAGE = Package(
    "genwright.sound",
    "clips of sound, and music",
    extra="audio,music,scores",
    needs=("soundfile", "mido", "music21"),
    kinds=("genwright.sound.kinds.audio.kind:KIND", "genwright.sound.kinds.music.kind:KIND"),
    forms="genwright.sound.kinds.forms",
    named=NAMED,
    tasks=TASKS,
    index=Path(__file__).with_name("zoo") / "index.json",
    targets="genwright.sound.zoo.targets:TARGETS",
    measures={
        "bits_per_sample": (
            "genwright.sound.measure.audio_suite:bits_of_clips",
            "Bits per sample",
            "-log2 p of all test clips with their ends; lower is better",
            "bits",
        )
    },
    extends={"classes of answers": ("genwright.sound.kinds.audio.clips:Clips",)},
)
