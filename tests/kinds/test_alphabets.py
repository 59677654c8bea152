"""What the symbols of lines are: words with bytes for others, and tokens of a tokeniser that a person brings."""

import json

import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.alphabets import Characters, WordSymbols, alphabet_from_json, knows
from genwright.kinds.sequences.domain import LONGEST, Sequences

LINES = [f"the {who} sat on the {what}, {i}" for i, who in enumerate(["cat", "dog"] * 15) for what in ("mat", "log")]


@pytest.fixture(scope="module")
def data():
    return genwright.load_data(LINES, symbols="words")


def test_lines_of_words_come_back_and_none_is_unknown(data):
    domain = data.domain
    strange = ["the cat", " naïve 日本\t!", "Mat  mat", "unheard-of"]
    x, given = domain.encode(strange)
    assert domain.decode(x, given, None) == strange
    assert domain.spec.numbers(x)[0] == 3  # two words and an end
    again = Sequences.from_json(json.loads(json.dumps(domain.to_json())))
    assert isinstance(again.alphabet, WordSymbols) and (again.encode(strange)[0] == x).all()


def test_the_table_of_words_is_that_of_training_lines():
    data = genwright.load_data([*LINES, "zebra zebra zebra", "yak yak yak", "gnu gnu gnu"], symbols="words")
    held = {word for part in ("valid", "test") for line in data.items[part] for word in line.split()}
    words = {word.strip() for word in data.domain.alphabet.table.words}
    assert "the" in words and not words & (held - {word for line in data.train for word in line.split()})


def test_a_beginning_of_words_is_completed(data):
    domain = data.domain
    x, _, known = domain.encode_holes(["the cat sat*", "the dog_"], None, None)
    assert known[0].sum() == 3 and known[1].all()  # no mark says how long a word is
    model = genwright.fit(data, "autoregressive", preset="tiny", items=2000, progress=False)
    assert all(line.startswith("the cat") for line in model.complete(["the cat*"] * 5, seed=0))


def test_long_lines_are_cut_by_their_words(data):
    long = "the cat " * 600
    cut = genwright.load_data([*LINES, long], symbols="words")
    lines = [line for part in cut.items.values() for line in part]
    assert max(map(cut.domain.alphabet.count, lines)) <= LONGEST and cut.domain.spec.shape[0] > LONGEST - 50
    assert any("1 line of more than 511 symbols was cut there" in line for line in cut.describe())


def test_a_symbol_without_a_code_is_named():
    alphabet = Characters("ab")
    assert knows(alphabet, "abba") and not knows(alphabet, "abc")
    with pytest.raises(KeyError, match="c"):
        alphabet.encode("abcd")
    with pytest.raises(DataError):
        Sequences.fit(["ab", "ba"]).encode(["ab", "ax", "xx"])


def test_tokens_of_a_tokeniser(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    byte_level = tokenizers.pre_tokenizers.ByteLevel
    tokens = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokens.pre_tokenizer, tokens.decoder = byte_level(add_prefix_space=False), tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=280, initial_alphabet=byte_level.alphabet(), show_progress=False
    )
    tokens.train_from_iterator(LINES, trainer)
    tokens.save(str(tmp_path / "tokens.json"))
    domain = genwright.load_data(LINES, symbols=tmp_path / "tokens.json").domain
    x, given = domain.encode(LINES)
    assert domain.decode(x, given, None) == LINES and domain.leaf.k == 282 and domain.spec.numbers(x).max() < 20
    again = alphabet_from_json(json.loads(json.dumps(domain.to_json())))
    assert again.encode(LINES[0]) == domain.alphabet.encode(LINES[0])
    for words in ({"the": 0, "[UNK]": 1}, {"[UNK]": 0, "a": 70_000}):  # that lack others, and with a gap
        model = tokenizers.models.WordLevel(words, unk_token="[UNK]")
        tokenizers.Tokenizer(model).save(str(tmp_path / "bad.json"))
        with pytest.raises(DataError):
            genwright.load_data(LINES, symbols=tmp_path / "bad.json")
