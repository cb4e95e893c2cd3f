import re

import numpy as np
import pytest
import torch

from benchmarks import training
from songmap.models.neural import build

SMALL = ["--tracks", "40", "--epochs", "1", "--repetitions", "1"]


def test_it_prints_every_way_of_every_model(capsys):
    training.main(SMALL)
    out = capsys.readouterr().out
    assert "dense, 40 tracks of (512,), 1 threads" in out
    assert "conv, 40 tracks of (1, 64, 215), 1 threads" in out
    lines = re.findall(r"^  (usual|ours, batches of \d+) +[\d.]+ s an epoch +[\d.]+ times as fast", out, re.M)
    assert len(lines) == 2 * 3


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit):
        training.main(["--help"])
    assert "example: python -m benchmarks.training" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_both_loops_have_the_same_net(kind):
    data, held_out = training.tracks(kind, 30)
    assert held_out.sum() == 3
    assert abs(data.values["audio"].std() - 1) < 0.1
    torch.manual_seed(0)
    model = build(training.example(kind), {"audio": data.values["audio"].shape[1:]}, 0)

    def terms():
        bound = model.bound(data.take(torch.arange(30), 0), 256.0, torch.Generator().manual_seed(0))
        return [bound.reconstruction.detach(), bound.kl.sum(1).detach()]

    ours = terms()
    training.plain(model)
    for a, b in zip(ours, terms(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)
