"""Folders of a person's: a run writes into none, and removes nothing but what a run has written."""

import pytest
import toys
from test_fit import run, same

from genwright.core.errors import RunError
from genwright.core.files import require_ours
from genwright.run.folder import read_config, require_own_folder
from genwright.run.open import load_model
from genwright.studies.report.report import report
from genwright.studies.report.results import require_own_study
from genwright.training.checkpoints import Store


@pytest.fixture(scope="module")
def model():
    return run(toys.toy_data(), "toy-flow", None)


def content(folder) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


FOREIGN = {
    "a web site": ("config.toml", 'title = "my site"\n'),
    "a config that is no TOML": ("config.toml", "title: mine\n"),
    "a newer version's": ("config.toml", 'format = 99\nfamily = "vae"\n'),
    "a plugin's": ("config.toml", 'format = 3\nfamily = "theirs"\nkind = "toy"\ntask = "generate"\n'),
    "checkpoints": ("checkpoints/mine.ckpt", "weights"),
    "weights": ("weights.safetensors", "weights"),
    "a record of another": ("domain.json", "{}"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_folder_of_a_person_is_refused_and_kept(what, data, model, tmp_path):
    name, text = FOREIGN[what]
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    before = content(tmp_path)
    attempts = (
        lambda: model.save(tmp_path),
        lambda: run(data, "toy-flow", tmp_path),
        lambda: run(data, "toy-flow", tmp_path, restart=True),
    )
    for attempt in attempts:
        with pytest.raises(RunError):
            attempt()
    assert content(tmp_path) == before


def test_what_a_person_put_into_a_run_folder_stays(data, model, tmp_path):
    run(data, "toy-flow", tmp_path, items=640)
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "notes").mkdir()
    model.save(tmp_path)
    run(data, "toy-vae", tmp_path, items=640, restart=True)
    assert (tmp_path / "README.md").read_text() == "mine" and (tmp_path / "notes").is_dir()
    assert read_config(tmp_path)["family"] == "toy-vae"


def test_foreign_checkpoints_in_a_run_of_ours_are_kept(data, tmp_path):
    run(data, "toy-vae", tmp_path, items=640)
    mine = tmp_path / "checkpoints" / "000001-mine.safetensors"
    mine.write_text("mine")
    for restart in (False, True):
        with pytest.raises(RunError, match="000001-mine.safetensors"):
            run(data, "toy-vae", tmp_path, restart=restart)
    with Store(tmp_path) as store:
        assert mine not in store.checkpoints()
    mine.rename(tmp_path / "mine.safetensors")
    run(data, "toy-vae", tmp_path, items=640, restart=True)
    assert (tmp_path / "mine.safetensors").read_text() == "mine"


def test_a_save_that_was_stopped_is_written_over(data, model, tmp_path):
    model.save(tmp_path)
    (tmp_path / "config.toml").unlink()
    model.save(tmp_path)
    assert same(load_model(tmp_path), model)
    (tmp_path / "config.toml").unlink()
    (tmp_path / "domain.json").unlink()
    require_own_folder(tmp_path)


def test_a_lock_of_another_program_is_kept(tmp_path):
    (tmp_path / ".lock").write_text("pid 7")
    with pytest.raises(RunError), Store(tmp_path):
        pass
    assert (tmp_path / ".lock").read_text() == "pid 7"


@pytest.mark.parametrize("text", ['{"accuracy": 1}', "[1, 2]", '{"format": 2, "models": 3'])
def test_results_of_another_program_are_no_study(text, tmp_path):
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(RunError):
        require_own_study(tmp_path)


@pytest.mark.long
def test_a_page_of_a_person_is_not_written_over(data, tmp_path):
    run(data, "toy-flow", tmp_path, items=640)
    page = report(tmp_path)
    assert report(tmp_path) == page
    page.write_text("<title>mine</title>")
    with pytest.raises(RunError, match="report.html"):
        report(tmp_path)
    assert page.read_text() == "<title>mine</title>"
    require_ours(tmp_path / "nowhere", "mark")
