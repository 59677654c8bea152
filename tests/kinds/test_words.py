"""The table of words: every text comes back, common words are one code, and nothing is too strange to spell."""

import json

import numpy as np

from genwright.kinds.alphabets import BYTES, MAX_WORDS, Words

TEXTS = ["red heart", "Red heart, broken", "a red apple", "green apple", "don't  panic\n"]
STRANGE = [
    "",
    " ",
    "  two  spaces ",
    " red",
    "red ",
    "RED",
    "\t\r\n",
    ", red,",
    "naïve 😀 日本",
    "\x00\ud800",
    "_1_",
    "\xa0x",
]


def test_every_text_comes_back():
    words = Words.fit(TEXTS)
    again = Words.from_json(json.loads(json.dumps(words.to_json())))
    rng = np.random.default_rng(0)
    points = np.r_[0:0x250, 0x2000:0x2070, 0xD800:0xE000:99, 0x1F600:0x1F640]
    drawn = ["".join(map(chr, rng.choice(points, 12))) for _ in range(500)]
    for text in [*TEXTS, *STRANGE, *drawn]:
        codes = words.encode(text)
        assert words.decode(codes) == text and again.encode(text) == codes
        assert all(0 <= code < words.k for code in codes)


def test_words_seen_twice_are_one_code_wherever_they_stand():
    words = Words.fit(TEXTS)
    assert sorted(words.words) == [" apple", " heart", " red"]  # "Red", "green", "a" were seen once
    assert words.encode("red heart") == words.encode("heart red")[::-1]
    assert words.encode("heart.")[1:] == [ord(".")]  # punctuation is apart
    assert words.encode("pear") == [*b" pear"]


def test_the_commonest_words_are_kept_whatever_the_order_of_texts():
    texts = [f"w{i}" for i in range(MAX_WORDS + 50)] * 2 + ["often"] * 3
    words = Words.fit(texts)
    assert words.k == BYTES + MAX_WORDS and words.words[0] == " often"
    assert Words.fit(texts[::-1]).words == words.words


def test_bytes_that_make_no_text_are_decoded_to_something():
    words = Words.fit(TEXTS)
    assert words.decode([0xFF, *words.encode("red")]) == "� red"
