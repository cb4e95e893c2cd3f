import pytest
import torch

from songmap.errors import ParameterError
from songmap.models import machine

from .conftest import SETTINGS, config


def settings(**changes):
    return SETTINGS.model_copy(update=changes)


@pytest.fixture
def there(monkeypatch):
    """Pretend that accelerators are there, or not."""

    def pretend(cuda, mps):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)

    return pretend


@pytest.mark.parametrize(
    ("cuda", "mps", "wanted", "expected"),
    [
        (False, False, "auto", "cpu"),
        (True, True, "auto", "cuda"),
        (False, True, "auto", "mps"),
        (True, True, "cpu", "cpu"),
        (True, True, "mps", "mps"),
    ],
)
def test_auto_takes_the_fastest_that_is_there(there, cuda, mps, wanted, expected):
    there(cuda, mps)
    assert machine.choose(settings(device=wanted), config("vae")).device.type == expected


def test_an_accelerator_that_is_not_there_is_named(there):
    there(False, True)
    with pytest.raises(
        ParameterError, match=r"train\.device='cuda': there is none .* allowed: auto, mps, cpu"
    ):
        machine.choose(settings(device="cuda"), config("vae"))


@pytest.mark.parametrize(
    ("flags", "wanted", "name", "expected"),
    [
        (["amx_bf16"], "auto", "conv_vae", True),
        (["amx_bf16"], "auto", "contrastive", True),
        (["amx_bf16"], "auto", "vae", False),
        (["amx_bf16"], False, "conv_vae", False),
        (["avx512_bf16"], "auto", "conv_vae", True),
        (["avx2"], "auto", "conv_vae", False),
        (["avx2"], True, "conv_vae", True),
        (["avx2"], True, "vae", False),
    ],
)
def test_bfloat16_is_for_pictures_where_it_pays(monkeypatch, there, flags, wanted, name, expected):
    there(False, False)
    monkeypatch.setattr(machine, "_flags", lambda: flags)
    monkeypatch.setattr(machine.platform, "system", lambda: "Linux")
    assert machine.choose(settings(bfloat16=wanted), config(name)).bfloat16 is expected


def test_an_accelerator_has_bfloat16_or_not(there):
    there(True, True)
    assert machine.choose(settings(device="cuda"), config("conv_vae")).bfloat16
    assert not machine.choose(settings(device="mps"), config("conv_vae")).bfloat16


@pytest.mark.parametrize(("processors", "threads"), [(1, 1), (2, 1), (4, 2), (64, 8)])
def test_pictures_are_for_half_of_the_processors(monkeypatch, processors, threads):
    monkeypatch.setattr(machine, "available", lambda: processors)
    machine.choose(SETTINGS, config("conv_vae"))
    assert torch.get_num_threads() == threads
    machine.choose(SETTINGS, config("vae"))
    assert torch.get_num_threads() == 1
