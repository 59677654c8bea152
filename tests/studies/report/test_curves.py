"""Training curves from metrics.jsonl."""

import json

import numpy as np

from genwright.run.curves import read_curves
from genwright.studies.report.curves import by_unit, describe, limits, plot, running_median


def write(folder, rows):
    folder.mkdir(exist_ok=True)
    (folder / "metrics.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return folder


def step(items, loss, player="model", stage="fit", unit="nats"):
    return {"items": items, "seconds": items / 10, "stage": stage, "player": player, "loss": loss, "unit": unit}


def test_training_and_validation_of_a_run_are_one_curve(tmp_path):
    valid = {"items": 10, "seconds": 1.1, "stage": "fit", "validation": 5.5, "unit": "nats"}
    (curve,) = read_curves({"alpha": write(tmp_path / "a", [step(10, 5.0), valid, step(20, 4.0)])})
    assert curve.label == "alpha" and curve.unit == "nats"
    assert curve.steps == [(10, 1.0, 5.0), (20, 2.0, 4.0)] and curve.valid == [(10, 1.1, 5.5)]


def test_players_and_stages_stand_apart_and_units_in_plots_of_their_own(tmp_path):
    rows = [step(10, 1.0, "critic", unit="logits"), step(10, 2.0, "generator", unit="logits")]
    rows.append(step(20, 3.0, "model", "prior"))
    curves = read_curves({"alpha": write(tmp_path / "a", rows)})
    assert [c.label for c in curves] == ["alpha fit critic", "alpha fit generator", "alpha prior model"]
    assert {unit: len(found) for unit, found in by_unit(curves).items()} == {"nats": 1, "logits": 2}
    assert list(by_unit(curves))[0] == "nats"


def test_what_a_resumed_run_does_again_counts_once(tmp_path):
    again = {"event": "resumed", "items": 20, "seconds": 2.0}
    rows = [step(10, 5.0), step(20, 4.0), step(30, 9.9), again, step(30, 3.0)]
    (curve,) = read_curves({"alpha": write(tmp_path / "a", rows)})
    assert [loss for _, _, loss in curve.steps] == [5.0, 4.0, 3.0]


def test_half_a_line_missing_files_and_missing_losses_are_no_curve(tmp_path):
    folder = write(tmp_path / "a", [{"items": 10, "seconds": 1.0, "stage": "fit", "validation": None, "unit": "nats"}])
    with open(folder / "metrics.jsonl", "a") as file:
        file.write('\n{"items": 20, "sec')
    assert read_curves({"alpha": folder, "beta": tmp_path / "nowhere"}) == []


def test_the_first_steps_do_not_flatten_the_rest(tmp_path):
    rows = [step(0, 1e6), *(step(10 * i, 20 + 10 / i) for i in range(1, 100))]
    low, high = limits(read_curves({"alpha": write(tmp_path / "a", rows)}))
    assert 15 < low < 21 and 20 < high < 31


def test_running_median_ignores_single_outliers():
    loss = np.ones(200)
    loss[100] = 1e9
    assert (running_median(loss) == 1).all() and running_median(np.array([3.0])) == [3.0]


def test_a_plot_is_a_function_of_its_curves(tmp_path):
    curves = read_curves({"alpha": write(tmp_path / "a", [step(i, 9.0 - i) for i in range(5)])})
    light, dark = plot(curves, "nats", "light"), plot(curves, "nats", "dark")
    assert light == plot(curves, "nats", "light") != dark
    assert light.startswith("data:image/png;base64,iVBOR")
    assert "alpha from 9 to 5" in describe(curves, "nats")


def test_a_stage_and_a_player_of_one_name_are_named_once(tmp_path):
    rows = [step(10, 1.0, "codec", "codec"), step(20, 3.0, "model", "prior")]
    assert [c.label for c in read_curves({"a": write(tmp_path / "a", rows)})] == ["a codec", "a prior model"]
