"""The package of `examples/`, with a kind of data, a family, a metric and a command, which no file of `src` names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "genwright_dna"
STUDIO = """
from starlette.testclient import TestClient
from genwright.studio.app import build
from genwright.studio.guard import Guard
from pathlib import Path

here, token = "http://127.0.0.1:8317", "a-token-of-128-bits-xx"
with TestClient(Guard(build(Path("runs")), token, 8317), base_url=here) as client:
    client.get(f"/?token={token}")
    entry = next(one for one in client.get("/api/home").json()["entries"] if one["what"] == "run")
    run = client.get(f"/api/runs/{entry['id']}").json()
    body = {"n": 4, "seed": 0, "given": {}}
    drawn = client.post(f"/api/models/{entry['id']}/samples", json=body, headers={"origin": here})
    print(entry["kind"], run["verbs"], drawn.status_code, drawn.content[:4])
"""


@pytest.fixture
def do(tmp_path, monkeypatch):
    """Runs a command, or a program, in a process in which the package is installed."""
    facts = tmp_path / "site" / "genwright_dna-0.1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: genwright-dna\nVersion: 0.1.0\n")
    text = (EXAMPLE / "pyproject.toml").read_text()
    entry = text.split('entry-points."genwright.packages"]\n')[1].split("\n")[0].replace('"', "")
    (facts / "entry_points.txt").write_text(f"[genwright.packages]\n{entry}\n")
    monkeypatch.chdir(tmp_path)
    path = os.pathsep.join([str(facts.parent), str(EXAMPLE), *filter(None, [os.environ.get("PYTHONPATH")])])

    def run(*words: str) -> str:
        program = ["-c", *words] if "\n" in words[0] else ["-m", "genwright", *words]
        done = subprocess.run(
            [sys.executable, *program], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.long
def test_it_comes_in_by_its_entry_point_and_goes_through_every_door(do, tmp_path):
    (tmp_path / "my.strands").write_text("ACGT\nCGCG\n" * 60)
    assert "66" in do("gc", "my.strands") or "%" in do("gc", "my.strands")
    assert "codons" in do("list", "strands") and "gc" in do("--help") and "--direction" in do("fit", "--help")
    do("fit", "made-strands", "--family", "codons", "--out", "runs/mine")
    do("sample", "runs/mine", "-n", "20", "--out", "new.txt")
    assert set((tmp_path / "new.txt").read_text()) <= set("ACGT\n")
    do("compare", "made-strands", "--minutes", "0.02", "--out", "runs/study")
    page = (tmp_path / "runs" / "study" / "report.html").read_text()
    assert "codons" in page and "G and C" in page
    assert any(line.startswith("sciences") and "genwright_dna" in line for line in do("doctor").splitlines())
    assert do(STUDIO).startswith("strands [")
