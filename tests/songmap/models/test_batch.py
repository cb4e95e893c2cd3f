import torch

from songmap.models.batch import Tensors

PATCHES = torch.arange(4 * 3).reshape(4, 3, 1, 1).expand(4, 3, 5, 6)
ROWS = Tensors(
    {"audio": PATCHES, "lyrics": torch.arange(8.0).reshape(4, 2)},
    {"audio": torch.tensor([True, False, True, True]), "lyrics": torch.ones(4, dtype=torch.bool)},
    torch.eye(4),
)


def shown(x):
    return x.values["audio"][:, :, 0, 0].tolist()


def test_rows_are_taken_with_all_their_excerpts_or_with_some():
    index = torch.tensor([2, 0, 2])
    assert ROWS.excerpts == 3
    assert shown(ROWS.take(index)) == [[6, 7, 8], [0, 1, 2], [6, 7, 8]]
    assert shown(ROWS.take(index, 1)) == [[7], [1], [7]]
    assert shown(ROWS.take(index, torch.tensor([0, 1, 2]))) == [[6], [1], [8]]
    assert shown(ROWS.take(index, torch.tensor([[0, 2], [1, 0], [2, 1]]))) == [[6, 8], [1, 0], [8, 7]]
    taken = ROWS.take(index, 1)
    assert taken.values["lyrics"].tolist() == [[4, 5], [0, 1], [4, 5]]
    assert taken.present["audio"].tolist() == [True, True, True]
    assert taken.condition.argmax(1).tolist() == [2, 0, 2]
    assert taken.values["audio"].shape == (3, 1, 5, 6)


def test_one_view_of_what_was_taken():
    two = ROWS.take(torch.tensor([1, 3]), torch.tensor([[0, 2], [1, 0]]))
    assert two.excerpts == 2
    assert shown(two.view(0)) == [[3], [10]]
    assert shown(two.view(1)) == [[5], [9]]
    assert two.view(1).values["lyrics"].tolist() == two.values["lyrics"].tolist()


def test_vectors_have_one_excerpt():
    rows = Tensors(
        {"audio": torch.zeros(4, 2)}, {"audio": torch.ones(4, dtype=torch.bool)}, torch.zeros(4, 0)
    )
    assert rows.excerpts == 1
    assert rows.take(torch.tensor([1]), 0).values["audio"].shape == (1, 2)
