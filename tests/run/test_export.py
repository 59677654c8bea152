"""Runs for a model hub."""

import json

import pytest
from huggingface_hub import ModelCard

import genwright
from genwright.core.errors import RunError, Unsupported
from genwright.run.export import export_to_hub, licences_of


def silent(sentence):
    pass


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "run"
    genwright.fit(genwright.load_data("iris"), "autoregressive", preset="tiny", steps=2, progress=False).save(folder)
    return folder


def test_an_export_is_a_run_that_the_hub_can_read(run, tmp_path):
    folder = export_to_hub(run, tmp_path / "hub", silent)
    again, model = genwright.load_model(folder, "cpu"), genwright.load_model(run, "cpu")
    assert again.sample(3, seed=0).equals(model.sample(3, seed=0))
    metadata = ModelCard.load(folder / "README.md").data.to_dict()
    assert metadata["library_name"] == "genwright"
    assert metadata["license"] == "other" and metadata["license_name"] == "cc-by-4.0-and-bsd-3-clause"
    assert (folder / "samples.png").stat().st_size > 1000 and "(samples.png)" in (folder / "README.md").read_text()
    assert {"autoregressive", "tables"} <= set(metadata["tags"])
    assert json.loads((folder / "config.json").read_text())["genwright"]["family"] == "autoregressive"


def test_the_hub_reads_what_a_comparison_measured(run, tmp_path):
    export_to_hub(run, tmp_path / "hub", silent, [{"type": "auc", "name": "Two-sample AUC", "value": 0.6}])
    (found,) = ModelCard.load(tmp_path / "hub" / "README.md").data.eval_results
    assert (found.metric_type, found.metric_name, found.metric_value) == ("auc", "Two-sample AUC", 0.6)
    assert found.dataset_name == "iris"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("BSD 3-clause (scikit-learn); originally UCI, CC BY 4.0", ["cc-by-4.0", "bsd-3-clause"]),
        ("CC BY-SA 4.0 (OpenMoji)", ["cc-by-sa-4.0"]),
        ("free for research, PERMITTED use", []),
    ],
)
def test_all_licences_of_data_are_named(text, names):
    assert licences_of(text) == names


def test_a_card_that_a_person_changed_stays(run, tmp_path):
    folder, said = export_to_hub(run, tmp_path / "hub", silent), []
    export_to_hub(run, folder, said.append)
    assert said == []
    (folder / "README.md").write_text("mine")
    export_to_hub(run, folder, said.append)
    assert (folder / "README.md").read_text() == "mine" and len(said) == 1


@pytest.mark.parametrize("family", ["bootstrap"])
def test_a_family_that_keeps_its_data_is_refused_by_name(family, tmp_path):
    genwright.fit(genwright.load_data("iris"), family, progress=False).save(tmp_path / "run")
    with pytest.raises(Unsupported, match=family):
        export_to_hub(tmp_path / "run", tmp_path / "hub", silent)
    assert not (tmp_path / "hub").exists()


def test_other_folders_are_refused(run, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="mine.txt"):
        export_to_hub(run, tmp_path, silent)
    with pytest.raises(RunError, match="is not a run"):
        export_to_hub(tmp_path, tmp_path / "hub", silent)
