import numpy as np
import pytest

from songmap.models.schedule import Schedule, pretraining

from .conftest import SETTINGS


def plan(pretraining=0, anneal=True, **changes):
    return Schedule(SETTINGS.model_copy(update=changes), pretraining, anneal)


def shares(schedule):
    return [schedule.kl_share(epoch) for epoch in range(1, schedule.settings.epochs + 1)]


def test_the_kl_weight_rises_in_equal_steps_and_stays():
    assert shares(plan(epochs=6, warmup=3)) == [0.25, 0.5, 0.75, 1, 1, 1]
    assert shares(plan(epochs=3, warmup=0)) == [1, 1, 1]
    assert shares(plan(epochs=3, warmup=3, anneal=False)) == [1, 1, 1]


def test_it_rises_anew_in_every_cycle_and_in_half_of_it_at_most():
    assert shares(plan(epochs=8, warmup=1, cycles=2)) == [0.5, 1, 1, 1, 0.5, 1, 1, 1]
    np.testing.assert_allclose(shares(plan(epochs=8, warmup=9, cycles=2)), [1 / 3, 2 / 3, 1, 1] * 2)
    assert shares(plan(epochs=3, warmup=1, cycles=9)) == [1, 1, 1]


def test_weights_are_kept_under_the_whole_term_alone_and_always_in_the_end():
    schedule = plan(epochs=8, warmup=2, cycles=2)
    assert [e for e in range(1, 9) if schedule.judged(e)] == [3, 4, 7, 8]
    assert [e for e in range(1, 9) if schedule.may_stop(e)] == [5, 6, 7, 8]
    assert [e for e in range(1, 4) if plan(epochs=3, warmup=9).judged(e)] == [3]
    assert [e for e in range(1, 9) if plan(4, epochs=8, warmup=2).judged(e)] == [5, 6, 7, 8]
    assert pretraining(SETTINGS, learnt_prior=False) == 0
    assert 0 < pretraining(SETTINGS, learnt_prior=True) < SETTINGS.epochs


def test_the_learning_rate_falls_from_its_value_towards_zero():
    schedule = plan(epochs=10, learning_rate=0.1)
    rates = [schedule.learning_rate(epoch) for epoch in range(1, 11)]
    assert rates[0] == 0.1
    assert (np.diff(rates) < 0).all()
    assert 0 < rates[-1] < 0.003
    np.testing.assert_allclose(rates[5], 0.05)


@pytest.mark.parametrize(("n", "size"), [(2, 2), (15, 2), (48, 6), (216, 27), (2700, 256), (10**6, 256)])
def test_an_epoch_has_eight_steps_or_more(n, size):
    assert plan(batch_size=256).batch_size(n) == size
    assert n < 16 or -(-n // size) >= 8
