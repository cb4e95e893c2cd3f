from collections import Counter

import numpy as np

from songmap.evaluation import confusion
from songmap.evaluation.agreement import accuracy
from songmap.evaluation.confusion import confusion_rows


def counts(rows):
    return Counter((row["actual"], row["predicted"]) for row in rows)


def test_by_hand():
    labels = np.array(["jazz", "jazz", "jazz", "rock", "rock", "rock", "rock", "", "rock"])
    clusters = np.array([4, 4, 7, 7, 7, 2, 2, 7, -1])
    # 4 -> jazz; 7 (2 rock, 1 jazz) and 2 (2 rock) both hold mostly rock, and only one may take it
    assert counts(confusion_rows(labels, clusters)) in (
        Counter({("jazz", "jazz"): 2, ("jazz", "rock"): 1, ("rock", "rock"): 2, ("rock", "cluster 2"): 2,
                 ("rock", "noise"): 1}),
        Counter({("jazz", "jazz"): 2, ("jazz", "cluster 7"): 1, ("rock", "rock"): 2,
                 ("rock", "cluster 7"): 2, ("rock", "noise"): 1}),
    )  # fmt: skip


def test_a_label_ends_no_script():
    labels = np.array(["</script>", "</script>", "jazz", "jazz"])
    rows = confusion_rows(labels, np.array([0, 0, 1, 1]))
    assert counts(rows) == Counter({("‹/script>", "‹/script>"): 2, ("jazz", "jazz"): 2})


def test_the_match_is_the_best_of_all_and_not_greedy():
    labels = np.array(["a"] * 5 + ["b"] * 4)
    clusters = np.array([0, 0, 0, 1, 1, 0, 0, 0, 0])
    # a -> 1 and b -> 0 make 6, a -> 0 and b -> 1 make 3
    assert counts(confusion_rows(labels, clusters)) == {("a", "b"): 3, ("a", "a"): 2, ("b", "b"): 4}


def test_the_diagonal_is_the_accuracy():
    rng = np.random.default_rng(0)
    labels, clusters = rng.choice(list("abcd"), 90), rng.integers(6, size=90)
    rows = confusion_rows(labels, clusters)
    assert np.mean([row["actual"] == row["predicted"] for row in rows]) == accuracy(labels, clusters)
    assert len(rows) == 90
    assert rows == sorted(rows, key=lambda row: (row["actual"], row["predicted"]))


def test_told_labels_are_marked():
    rows = confusion_rows(np.array(["a", "b", "b"]), np.array([0, 1, -1]), told=True)
    assert [row["predicted"] for row in rows] == ["a (told)", "b (told)", "noise (told)"]


def test_nothing_to_compare():
    assert confusion_rows(np.array([], str), np.array([], int)) == []
    assert confusion_rows(np.array(["", ""]), np.array([0, 1])) == []
    assert counts(confusion_rows(np.array(["a", "a"]), np.array([-1, -1]))) == {("a", "noise"): 2}


def test_of_many_tracks_a_share_of_each_cell_is_kept(monkeypatch):
    monkeypatch.setattr(confusion, "MOST", 100)
    labels = np.repeat(["a", "b", "c"], [400, 250, 100])
    found = counts(confusion_rows(labels, np.repeat([0, 1, 2], [400, 250, 100])))
    assert sum(found.values()) == 100
    assert abs(found["a", "a"] - 53) <= 1
    assert abs(found["c", "c"] - 13) <= 1
