"""What makes a run another run."""

from genwright.training.identity import run_digest

CONFIG, DOMAIN = {"family": "flow", "data": {"hash": "h"}}, {"domain": "tables", "columns": []}


def test_what_is_done_with_drawn_rows_makes_no_other_run():
    digest = run_digest(CONFIG, DOMAIN, [])
    for name in ("rules", "identifiers", "written"):
        assert run_digest(CONFIG, DOMAIN | {name: {"a": 1}}, []) == digest
    assert run_digest(CONFIG, DOMAIN | {"missing": {"a": ["?"]}}, []) != digest
