import errno
import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from songmap.errors import DataError
from songmap.models import checkpoint, resume, training
from songmap.models.fit import fit
from songmap.models.serial import dumps, loads

from .conftest import SETTINGS, config, make_inputs

pytestmark = pytest.mark.slow

SHORT = SETTINGS.model_copy(update={"epochs": 8})


class Killed(BaseException):
    """What no `except Exception` catches."""


@pytest.fixture(autouse=True)
def every_epoch(monkeypatch):
    monkeypatch.setattr(resume, "EVERY", 0.0)


def run(name, states=None, settings=SHORT, seed=0):
    return fit(config(name), make_inputs(name), settings, 1.0, seed, name, states)


def bytes_of(name, result, folder):
    result.latents.save(folder / "z.npz")
    checkpoint.save(folder / "m.pt", config(name), result.encoder)
    content = (folder / "z.npz").read_bytes() + (folder / "m.pt").read_bytes()
    return hashlib.sha256(content).hexdigest(), result.history, result.report


def interrupt(monkeypatch, name, epoch, states, **more):
    """Train until `epoch` and be killed within it."""
    validate = training._validate
    epochs = []

    def until(*given):
        epochs.append(1)
        if len(epochs) == epoch:
            raise Killed
        return validate(*given)

    with monkeypatch.context() as patch:
        patch.setattr(training, "_validate", until)
        with pytest.raises(Killed):
            run(name, states, **more)
    return len(epochs) - 1


def count_epochs(monkeypatch):
    """A list that grows by one in every epoch trained from now on."""
    done = []
    train = training._fit_epoch
    monkeypatch.setattr(training, "_fit_epoch", lambda *given: done.append(1) or train(*given))
    return done


@pytest.mark.parametrize(
    ("name", "epoch"),
    [
        ("vae", 2),
        ("vae", 8),
        ("multimodal_vade", 5),  # in which its prior starts
        ("multimodal_vade", 7),
        ("conv_contrast_3", 4),
        ("contrastive_3", 4),
    ],
)
def test_a_training_that_was_killed_ends_in_the_same_bytes(monkeypatch, tmp_path, name, epoch):
    expected = bytes_of(name, run(name), tmp_path)
    interrupt(monkeypatch, name, epoch, tmp_path / "states")
    assert len(list((tmp_path / "states").glob("*.pt"))) == 1
    done = count_epochs(monkeypatch)
    assert bytes_of(name, run(name, tmp_path / "states"), tmp_path) == expected
    assert len(done) == SHORT.epochs - epoch + 1
    assert not list((tmp_path / "states").iterdir())


def test_it_may_be_killed_again_and_again(monkeypatch, tmp_path):
    expected = bytes_of("vae", run("vae"), tmp_path)
    for _ in range(3):
        assert interrupt(monkeypatch, "vae", 3, tmp_path / "states") == 2
    assert bytes_of("vae", run("vae", tmp_path / "states"), tmp_path) == expected


def test_another_task_does_not_go_on_from_it(monkeypatch, tmp_path):
    interrupt(monkeypatch, "vae", 6, tmp_path)
    for change in ({"seed": 1}, {"settings": SHORT.model_copy(update={"learning_rate": 0.004})}):
        expected = run("vae", **change).latents.values
        np.testing.assert_array_equal(run("vae", tmp_path, **change).latents.values, expected)
    inputs = make_inputs("vae", seed=5)
    expected = fit(config("vae"), inputs, SHORT, 1.0, 0, "vae").latents.values
    ours = fit(config("vae"), inputs, SHORT, 1.0, 0, "vae", tmp_path).latents.values
    np.testing.assert_array_equal(ours, expected)
    done = count_epochs(monkeypatch)
    run("vae", tmp_path)
    assert len(done) == SHORT.epochs - 5  # the first one's state is still there


def content_of(path):
    return loads(path.read_bytes().partition(b"\n")[2])


def write(path, content):
    """A state whose checksum is right, whatever it holds."""
    data = dumps(content)
    path.write_bytes(resume._checksum(data) + b"\n" + data)


def interrupted(monkeypatch, states):
    """The file of a training killed in its sixth epoch."""
    interrupt(monkeypatch, "vae", 6, states)
    (path,) = states.glob("*.pt")
    return path


@pytest.mark.parametrize("damage", ["empty", "noise", "cut", "bit", "bare", "directory"])
def test_a_damaged_state_is_no_state(monkeypatch, tmp_path, damage):
    expected = run("vae").latents.values
    path = interrupted(monkeypatch, tmp_path / "states")
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    bad = {"empty": b"", "noise": b"\x80\x04\x95", "cut": whole[: len(whole) // 2], "bit": bytes(flipped)}
    path.unlink()
    if damage == "directory":
        path.mkdir()
    else:
        path.write_bytes(bad.get(damage, whole.partition(b"\n")[2]))
    done = count_epochs(monkeypatch)
    np.testing.assert_array_equal(run("vae", tmp_path / "states").latents.values, expected)
    assert len(done) == SHORT.epochs


def first_moment(content):
    return content["optimizer"]["state"][0]


CHANGES = {
    "a weight less": lambda c: c["model"].popitem(),
    "a weight that is not finite": lambda c: c["model"]["encoders.audio.head.linear.bias"].fill_(torch.inf),
    "best weights of another shape": lambda c: c["weights"].update(
        {next(iter(c["weights"])): torch.zeros(3)}
    ),
    "a moment of another shape": lambda c: first_moment(c).update(exp_avg=torch.zeros(2, 2)),
    "a moment that is not finite": lambda c: first_moment(c)["exp_avg_sq"].fill_(torch.nan),
    "an epoch missing": lambda c: c["epochs"].pop(1),
    "a loss that is not finite": lambda c: c["epochs"][1].update(kl=float("nan")),
    "more epochs than asked": lambda c: c["epochs"].extend(
        {**c["epochs"][-1], "epoch": i} for i in range(6, 10)
    ),
    "a best epoch that was not": lambda c: c["best"].update(validation=-1e9),
    "patience below zero": lambda c: c.update(stale=-1),
    "patience that is no count": lambda c: c.update(stale=0.5),
    "no start": lambda c: c.update(start=None),
    "no generator": lambda c: c["generators"].pop(),
    "nothing": lambda c: c.clear(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_state_that_does_not_fit_is_no_state(monkeypatch, tmp_path, what):
    expected = run("vae").latents.values
    path = interrupted(monkeypatch, tmp_path / "states")
    content = content_of(path)
    write(path, content)
    CHANGES[what](content)
    write(path, content)
    done = count_epochs(monkeypatch)
    np.testing.assert_array_equal(run("vae", tmp_path / "states").latents.values, expected)
    assert len(done) == SHORT.epochs


def test_a_state_that_carries_code_is_not_run(monkeypatch, tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    expected = run("vae").latents.values
    path = interrupted(monkeypatch, tmp_path / "states")
    write(path, {**content_of(path), "stale": Bomb()})
    np.testing.assert_array_equal(run("vae", tmp_path / "states").latents.values, expected)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("name", "epoch"), [("vae", 6), ("multimodal_vade", 7)])
def test_a_training_that_fails_after_it_went_on_is_begun_anew_once(monkeypatch, tmp_path, name, epoch):
    expected = bytes_of(name, run(name), tmp_path)
    interrupt(monkeypatch, name, epoch, tmp_path / "states")
    (path,) = (tmp_path / "states").glob("*.pt")
    content = content_of(path)
    content["model"] = {n: x * 1e20 if x.is_floating_point() else x for n, x in content["model"].items()}
    write(path, content)
    assert bytes_of(name, run(name, tmp_path / "states"), tmp_path) == expected
    assert not list((tmp_path / "states").iterdir())


def test_a_training_that_fails_from_its_start_fails_once_and_leaves_no_state(monkeypatch, tmp_path):
    check = training._check

    def fail(minimised, validation, start, number, task):
        check(float("nan") if number == 4 else minimised, validation, start, number, task)

    monkeypatch.setattr(training, "_check", fail)
    done = count_epochs(monkeypatch)
    with pytest.raises(DataError, match="not finite at epoch 4"):
        run("vae", tmp_path)
    assert len(done) == 4
    assert not list(tmp_path.iterdir())


def test_a_short_training_leaves_no_trace_and_old_states_go(monkeypatch, tmp_path):
    monkeypatch.setattr(resume, "EVERY", 60.0)
    run("vae", tmp_path / "none")
    assert not (tmp_path / "none").exists()
    monkeypatch.setattr(resume, "EVERY", 0.0)
    old, new = tmp_path / "old.pt", tmp_path / "new.pt"
    old.touch(), new.touch()
    os.utime(old, (time.time() - resume.OLD - 9,) * 2)
    run("vae", tmp_path)
    assert not old.exists()
    assert new.exists()


def test_a_disk_that_is_full_is_no_error(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    expected = run("vae").latents.values

    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        np.testing.assert_array_equal(run("vae", tmp_path / "states").latents.values, expected)
    assert not list((tmp_path / "states").iterdir())
    np.testing.assert_array_equal(run("vae", tmp_path / "file" / "states").latents.values, expected)


def test_a_killed_process_goes_on(tmp_path):
    code = f"""
        import sys, time
        sys.path.insert(0, {str(Path.cwd())!r})
        from pathlib import Path
        from songmap.models import resume, training
        from songmap.models.fit import fit
        from tests.songmap.models.conftest import SETTINGS, config, make_inputs
        resume.EVERY = 0.0
        train = training._fit_epoch
        def slowly(*given):
            time.sleep(0.02)
            return train(*given)
        training._fit_epoch = slowly
        settings = SETTINGS.model_copy(update={{"epochs": 100, "patience": 100}})
        fit(config("vae"), make_inputs("vae"), settings, 1.0, 0, "vae", Path({str(tmp_path)!r}))
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stderr=subprocess.DEVNULL)
    limit = time.monotonic() + 120
    while not list(tmp_path.glob("[!.]*.pt")) and time.monotonic() < limit:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    settings = SHORT.model_copy(update={"epochs": 100, "patience": 100})
    ours = run("vae", tmp_path, settings)
    np.testing.assert_array_equal(ours.latents.values, run("vae", settings=settings).latents.values)
