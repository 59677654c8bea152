# Tests run/tasks.py
"""Training data are read again for every task, or an error says why not."""

import pytest

import genwright
from genwright.core.errors import DataError
from genwright.run.tasks import training_data, training_data_if_there


@pytest.mark.parametrize("task", ["nodes", "links"])
def test_the_items_of_a_task_come_back(task):
    model = genwright.fit("karate-club", "gcn", task=task, epochs=2, progress=False)
    again = training_data(model)
    assert again.task == task and again.hash == model.config["data"]["hash"]


@pytest.fixture
def of_a_file(tmp_path):
    file = tmp_path / "letters.txt"
    file.write_text("abc\nbca\ncab\n" * 40)
    return file, genwright.fit(genwright.load_data(file), "autoregressive", preset="tiny", items=64, progress=False)


def test_other_data_or_none_are_refused(of_a_file):
    file, model = of_a_file
    assert training_data(model).hash == model.config["data"]["hash"]
    file.write_text("abc\nbcb\ncab\n" * 40)
    with pytest.raises(DataError):
        training_data(model)
    file.unlink()
    with pytest.raises(DataError):
        training_data(model)
    assert training_data_if_there(model) is None
