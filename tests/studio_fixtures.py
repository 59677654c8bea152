"""A studio of a folder, without a browser: fixtures that tests of its pages share."""

from multiprocessing import get_context

import pytest
from starlette.testclient import TestClient

from genwright.studio import worker
from genwright.studio.app import build
from genwright.studio.guard import Guard

TOKEN, PORT = "a-token-of-128-bits-xx", 8317
HERE = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="module", autouse=True)
def forked_models():
    """The process of the models begins with all that this one has loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "get_context", lambda method: get_context("fork"))
        yield


@pytest.fixture
def root(tmp_path):
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


@pytest.fixture
def client(root):
    """A browser that was given the token."""
    with TestClient(Guard(build(root), TOKEN, PORT), base_url=HERE) as client:
        client.get(f"/?token={TOKEN}")
        yield client
