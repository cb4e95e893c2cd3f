import socket
import time

import pytest

from songmap import hub
from songmap.errors import DataError


def test_a_folder_is_taken_as_it_is(tmp_path):
    assert hub.find_model(str(tmp_path), "model") == tmp_path
    for name in (str(tmp_path / "gone"), "./gone", "~/gone", "a/b/c", "a\\b"):
        with pytest.raises(DataError, match="there is no such folder"):
            hub.find_model(name, "model")


@pytest.mark.parametrize("listening", [True, False])
def test_a_hub_that_does_not_answer_costs_seconds(listening, tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "TIMEOUT", 0.5)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listening:
            silent.listen()
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
        start = time.monotonic()
        with pytest.raises(DataError, match=r"^encoder\.model='someone/model'.*cannot be reached$") as caught:
            hub.find_model("someone/model", "encoder.model")
    assert time.monotonic() - start < 5
    assert "\n" not in str(caught.value)


def test_a_name_that_is_no_model_is_one_line(monkeypatch):
    monkeypatch.setattr(hub, "_answers", lambda endpoint: True)
    with pytest.raises(DataError, match="no hub gave it") as caught:
        hub.find_model("no such name!", "encoder.model")
    assert "\n" not in str(caught.value)
