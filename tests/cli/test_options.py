"""What was typed, in the form of `load_data`."""

import pytest

from genwright.cli.options import DataOptions, cut_at_commas
from genwright.core.errors import GivenError


def read(**typed):
    (options,) = DataOptions.__metadata__
    return options.read({option.name: option.default for option in options.parameters()} | typed)


def test_no_condition_at_all_is_another_wish_than_none_that_was_typed():
    assert read() == {}
    assert read(given=[]) == read(given=[""]) == {"given": []}
    assert read(given=["label", "size"]) == {"given": ["label", "size"]}
    assert cut_at_commas("nowhere", read(given=["label,size"])) == {"given": ["label", "size"]}


def test_a_name_with_a_comma_is_found_beside_others(tmp_path):
    for encoding, delimiter in (("utf-8", ";"), ("utf-16", ","), ("cp1252", "\t")):
        header = delimiter.join(['"Price, net"', '"Price, net,kind"', "kind", '"Größe"'])
        (tmp_path / "t.csv").write_bytes(f"{header}\n{delimiter.join('1234')}\n".encode(encoding))
        typed = read(drop=["Price, net, kind,Größe", "kind,Price, net", "Price, net,kind"])
        names = ["Price, net", "kind", "Größe", "kind", "Price, net", "Price, net,kind"]
        assert cut_at_commas(str(tmp_path / "t.csv"), typed) == {"drop": names}


def test_types_and_missing_cells_are_read_by_column():
    assert read(types=["zip=category,age=number"]) == {"types": {"zip": "category", "age": "number"}}
    assert read(types=["t.toml", "zip=category"]) == {"types": ["t.toml", {"zip": "category"}]}
    assert read(missing=["unknown", "age=-999", "age=?"]) == {"missing": {"*": ["unknown"], "age": ["-999", "?"]}}
    with pytest.raises(GivenError, match="named twice"):
        read(types=["zip=category", "zip=number"])


def test_a_switch_says_something_only_where_it_is_on():
    assert read(directed=False) == {} and read(directed=True, windows=64) == {"directed": True, "windows": 64}
