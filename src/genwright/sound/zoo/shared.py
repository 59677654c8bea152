"""Cards of families that learn sound as well as music."""

from ...families.baselines.bootstrap_and_independent import Bootstrap
from ...zoo import autoregressive, baselines
from ...zoo.card import Alias, extend_card, on_class
from .audio import NGRAM_ON_AUDIO, WAVENET_ON_AUDIO
from .music import LINES_ON_MUSIC, NGRAM_ON_MUSIC

BOOTSTRAP = extend_card(baselines.BOOTSTRAP, {"audio": on_class(Bootstrap), "music": on_class(Bootstrap)})
NGRAM = extend_card(autoregressive.NGRAM, {"audio": NGRAM_ON_AUDIO, "music": NGRAM_ON_MUSIC})
AUTOREGRESSIVE = extend_card(
    autoregressive.AUTOREGRESSIVE,
    {"audio": WAVENET_ON_AUDIO, "music": LINES_ON_MUSIC},
    aliases=(
        Alias("wavenet", ("audio",), "van den Oord 2016"),
        Alias("lstm", ("music",), "Hochreiter & Schmidhuber 1997", "lstm"),
        Alias("transformer", ("music",), "Vaswani 2017", "text"),
    ),
)
