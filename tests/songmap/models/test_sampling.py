import pytest
import torch

from songmap.models.sampling import batches, excerpts


def generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("n", "size", "sizes"), [(10, 4, [4, 4, 2]), (9, 4, [4, 5]), (1, 4, [1]), (8, 4, [4, 4]), (3, 2, [3])]
)
def test_every_row_is_in_one_batch_and_none_is_alone(n, size, sizes):
    found = list(batches(n, size, generator()))
    assert [len(batch) for batch in found] == sizes
    assert sorted(torch.cat(found).tolist()) == list(range(n))


def test_two_views_are_different_excerpts_where_there_are_two():
    two = excerpts(500, 3, 2, generator())
    assert two.shape == (500, 2)
    assert (two[:, 0] != two[:, 1]).all()
    assert torch.bincount(two.flatten(), minlength=3).min() > 250
    assert excerpts(5, 1, 2, generator()).tolist() == [[0, 0]] * 5


def test_one_view_is_any_excerpt_and_one_excerpt_draws_nothing():
    one = excerpts(500, 4, 1, generator())
    assert one.shape == (500, 1)
    assert torch.bincount(one[:, 0], minlength=4).min() > 90
    untouched = generator()
    assert excerpts(5, 1, 1, untouched).tolist() == [[0]] * 5
    assert torch.equal(untouched.get_state(), generator().get_state())
