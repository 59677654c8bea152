"""`fit` ends with the command for the final model, which trains on all items when it is typed."""

import shlex

from genwright.run.folder import read_config

LINES = [word * count for word in ("ab", "ba", "abc") for count in range(1, 21)]
ROWS = "\n".join(["x,label", *(f"{k},{'yes' if k % 3 else 'no'}" for k in range(60))])


def final_command(said):
    return shlex.split(next(line for line in said.err.splitlines() if "--all-rows" in line).rpartition(": ")[2])


def test_the_last_words_of_fit_train_on_all(do, home):
    (home / "lines.txt").write_text("\n".join(LINES))
    said = do("fit lines.txt --family n-gram --out mine")
    data = read_config(home / "mine")["data"]
    share = f"{data['items']} of {data['all_items']} items"
    assert data["items"] < data["all_items"] == len(LINES) and share in said.err
    assert share in (home / "mine" / "README.md").read_text()
    again = do(final_command(said)[1:])
    assert "--all-rows" not in again.err and read_config(home / "mine-final")["rows"] == "all"
    assert "items (" not in (home / "mine-final" / "README.md").read_text()


def test_a_family_that_is_not_validated_ends_with_its_losses(do):
    said = do("fit digits --family gan --preset tiny --items 200 --out mine")
    assert "genwright sample mine" in said.err and "(validation" not in said.err
