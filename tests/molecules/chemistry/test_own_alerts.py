# Tests molecules/chemistry/alerts.py, molecules/cli.py, molecules/library_tables.py
"""A person's alerts: read from a file, and obeyed by score, screen and design alike."""

import pytest
from made_molecules import molecules
from rdkit import Chem

import genwright
from genwright.core.errors import DataError
from genwright.molecules.chemistry.alerts import group_of, own_alerts, read_alerts
from genwright.molecules.design.limits import Limits
from genwright.molecules.library_tables import score_file
from genwright.molecules.screen.screen import best_of

NITRO = "O=[N+]([O-])c1ccccc1"


@pytest.fixture
def alerts(tmp_path):
    path = tmp_path / "alerts.txt"
    path.write_text("# what we avoid\n[N+](=O)[O-]\tnitro group\n\n[CX3H1](=O)[#6]\n")
    return path


def test_names_follow_patterns_and_a_pattern_is_its_own_name(alerts):
    held = read_alerts(alerts)
    assert held == (("own nitro group", "[N+](=O)[O-]"), ("own [CX3H1](=O)[#6]", "[CX3H1](=O)[#6]"))
    assert own_alerts(Chem.MolFromSmiles(NITRO), held) == ("own nitro group",)
    assert {group_of(name) for name, _ in held} == {"smarts"}


@pytest.mark.parametrize(
    "text, line", [("CC ethyl\nC((C odd", "line 2"), ("CC a\nCO a", "line 2"), ("# none\n", "no alert")]
)
def test_what_is_no_alert_is_refused_with_its_line(tmp_path, text, line):
    (tmp_path / "odd.txt").write_text(text)
    with pytest.raises(DataError, match=line):
        read_alerts(tmp_path / "odd.txt")


def test_score_screen_and_design_obey_them(tmp_path, alerts):
    library = tmp_path / "library.smi"
    library.write_text("\n".join([NITRO, *molecules(5)]))
    score_file(library, tmp_path / "scores.csv", alerts=read_alerts(alerts))
    assert "own nitro group" in (tmp_path / "scores.csv").read_text().splitlines()[1]
    ask = dict(actives=["c1ccccc1"], smarts=alerts, without=["smarts"], out=tmp_path / "hits", progress=False)
    done = genwright.screen(library, **ask)
    assert done.summary["removed"]["smarts"] == 1 and NITRO not in set(best_of(done.ranked, 9)["smiles"])
    assert genwright.screen(library, **ask).summary == done.summary
    limits = Limits(None, None, None, False, alerts=read_alerts(alerts))
    assert limits.find_breach(Chem.MolFromSmiles(NITRO))[0] == "smarts"
    assert limits.to_json()["alerts"] and "alerts" not in Limits(None).to_json()
    with pytest.raises(DataError, match="--smarts FILE"):
        genwright.screen(library, **{**ask, "smarts": None})
