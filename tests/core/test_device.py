"""Names of devices, and what is said where one is not there."""

import pytest
import torch

from genwright.core import device
from genwright.core.errors import DeviceError
from genwright.core.trainable import Items


@pytest.mark.parametrize(
    "built, said", [(False, "is built without it: install a build of torch for CUDA"), (True, "finds no NVIDIA GPU")]
)
def test_a_gpu_that_is_not_there_is_refused_with_the_reason(built, said, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: built)
    assert device.device_of("auto") == device.device_of("cpu") == torch.device("cpu")
    assert not device.is_available("cuda")
    with pytest.raises(DeviceError, match=f"'cuda' is not there: .*{said}.*processor"):
        device.device_of("cuda")


def test_auto_is_a_gpu_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.device_of("auto") == device.device_of("cuda") == torch.device("cuda")


def test_data_stay_where_they_are_when_the_device_cannot_hold_them(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (1000, 1000))
    few = Items(torch.zeros(400), torch.zeros(400, 1))
    assert device.move_if_it_fits(few, torch.device("cuda")) is few
    assert device.move_if_it_fits(few, torch.device("cpu")).x is few.x
