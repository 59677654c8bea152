"""Published figures of models of sound."""

from ...zoo.target import Target

TARGETS = (
    Target(
        "vq-vae-fsdd", "A5", "fsdd", "vq-vae", "perplexity", "%", 100.0,
        "exp of the entropy of the codes of all test clips over the entries; 100 is its largest value",
        "Gibbs' inequality", bar=50.0, budget={"minutes": 10}, seeds=1, minutes=12,
    ),
    Target(
        "wavenet-fsdd", "D2", "fsdd", "autoregressive", "bits_per_sample", "bits", 1.925,
        "-log2 p of the 300 test clips and their ends, per sample of 8-bit mu-law, given digit and speaker",
        "Goel 2022 (SaShiMi), table 6: a WaveNet of 4.2 M weights on SC09", bar=4.15, better="lower",
        budget={"minutes": 20}, seeds=1, minutes=22,
        differs="theirs: clips of one second with the silence around a word; ours: loud and noisy ones cut to the "
        "word. Linear prediction reaches 5.37 on ours",
    ),
)  # fmt: skip
