# Tests core/schemas/__init__.py
"""Records that others hand over: whatever they hold, a sentence or the content, soon and in little memory."""

import json
import time

import pytest

from genwright.core.errors import DataError, RunError
from genwright.core.schemas import DEEP, MOST_VALUES, parsed, read_record, require
from genwright.kinds.known_kinds import domain_schema

DOTTED = ".".join(["a"] * 100_000)
BAD = {
    "a dotted header": (".toml", f"[types.{DOTTED}]\n", "a key of more than 64 parts"),
    "a dotted key": (".toml", f"{DOTTED} = 1\n", "a key of more than 64 parts"),
    "a dotted key in quotes": (".toml", f"{DOTTED.replace('a', chr(34) + 'a b' + chr(34))} = 1\n", "64 parts"),
    "tables in tables": (".toml", "a = " + "{a = " * 10_000, "64 deep"),
    "lists in lists": (".toml", "a = " + "[" * 100 + "]" * 100, "64 deep"),
    "a number of many digits": (".toml", f"a = 0x{'f' * 100_000}", "thousands of digits"),
    "brackets in brackets": (".json", "[" * 100_000, "64 deep"),
    "brackets that close": (".json", "[" * 200 + "]" * 200, "64 deep"),
    "values without end": (".json", f"[{'[],' * MOST_VALUES}0]", "more than 500,000 values"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_record_that_would_take_for_ever_gets_a_sentence(what, tmp_path):
    suffix, text, words = BAD[what]
    path = tmp_path / f"bad{suffix}"
    path.write_text(text)
    start = time.monotonic()
    with pytest.raises(DataError, match=words) as caught:
        read_record(path, "write it again", DataError)
    assert time.monotonic() - start < 5
    assert str(caught.value).endswith("write it again")


def test_what_people_write_is_read():
    deep = ".".join(["a"] * DEEP)
    record = parsed(f'{deep} = 1\nb = "{".".join("x" * 20)}"\n# {"." * 500}\n', ".toml")
    assert record["b"] == ".".join("x" * 20)
    assert parsed(json.dumps({"a": [10**99, 1.5, None]})) == {"a": [10**99, 1.5, None]}


def test_many_errors_are_named_soon():
    record = {"domain": "images", "spec": [], "given": [], "labels": [None] * 300_000, "count": 0, "notes": []}
    start = time.monotonic()
    with pytest.raises(RunError, match="is damaged"):
        require(record, domain_schema("images"), "domain.json", "copy it again")
    assert time.monotonic() - start < 5
