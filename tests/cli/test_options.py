"""What was typed, in the form of `load_data`."""

import pytest

from genwright.cli.options import DataOptions, read_names, read_pairs
from genwright.core.domain import as_typed
from genwright.core.errors import GivenError


def read(**typed):
    (options,) = DataOptions.__metadata__
    return options.read(typed)


def test_no_condition_at_all_is_another_wish_than_none_that_was_typed():
    assert read() == {}
    assert read(given=[]) == read(given=[""]) == {"given": []}
    assert read(given=["label", "size"]) == {"given": ["label", "size"]}
    assert read_names("nowhere", read(given=["label,size"])) == {"given": ["label", "size"]}


def test_a_name_with_a_comma_is_found_beside_others(tmp_path):
    for encoding, delimiter in (("utf-8", ";"), ("utf-16", ","), ("cp1252", "\t")):
        header = delimiter.join(['"Price, net"', '"Price, net,kind"', "kind", '"Größe"'])
        (tmp_path / "t.csv").write_bytes(f"{header}\n{delimiter.join('1234')}\n".encode(encoding))
        typed = read(drop=["Price, net, kind,Größe", "kind,Price, net", "Price, net,kind"])
        names = ["Price, net", "kind", "Größe", "kind", "Price, net", "Price, net,kind"]
        assert read_names(str(tmp_path / "t.csv"), typed) == {"drop": names}


def test_types_and_missing_cells_are_read_by_column():
    assert read(types=["zip=category,age=number"]) == {"types": {"zip": "category", "age": "number"}}
    assert read(types=["t.toml", "zip=category"]) == {"types": ["t.toml", {"zip": "category"}]}
    typed = read_names("nowhere", read(missing=["unknown", "age=-999", "age=?"]))
    assert typed == {"missing": {"*": ["unknown"], "age": ["-999", "?"]}}
    with pytest.raises(GivenError, match="named twice"):
        read(types=["zip=category", "zip=number"])


def test_a_switch_says_something_only_where_it_is_on():
    assert read() == {} and read(directed=True, windows="64") == {"directed": True, "windows": 64}


def test_a_name_with_an_equals_sign_is_found_behind_every_option(tmp_path):
    names = ["=formula", "v", "v=w", "a=b, c"]
    (tmp_path / "t.csv").write_text(",".join(f'"{name}"' for name in names) + "\n" + "1,2,3,4\n" * 3)
    for name in names:
        typed = {"missing": [f"{name}=-", f"{name}=x=1"], "leave_out": [f"{name}=Ki"]}
        options = read_names(str(tmp_path / "t.csv"), read(**typed))
        assert options == {"missing": {name: ["-", "x=1"]}, "leave_out": {name: ["Ki"]}}
        assert read_pairs([f"{name}=0.5"], "label=3", names) == {name: "0.5"}
    for name in names[:3]:
        assert read(types=[f"{name}=number,zip=category"]) == {"types": {name: "number", "zip": "category"}}
        assert read(captions=[f"{name}=0.5"]) == {"captions": {name: 0.5}}


@pytest.mark.parametrize("missing", [{"*": ["x=1", "-"]}, {"v=w": ["-"], "=formula": ["x=1"]}])
def test_what_is_shown_to_type_is_read_as_it_was_meant(tmp_path, missing):
    (tmp_path / "t.csv").write_text("v,v=w,=formula\n" + "1,2,3\n" * 3)
    words = as_typed({"missing": missing})[1::2]
    assert read_names(str(tmp_path / "t.csv"), read(missing=words)) == {"missing": missing}
