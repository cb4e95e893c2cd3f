import numpy as np

from songmap.audio.collect import Rows, collect
from songmap.audio.extract import Source, extractor


def test_rows_come_back(tmp_path):
    rows = Rows(tmp_path)
    values = np.random.default_rng(0).standard_normal((5, 1, 2, 3)).astype(np.float32)
    for row in values:
        rows.append(row)
    np.testing.assert_array_equal(rows.array(5), values)


def test_same_bytes_for_any_number_of_processes_and_failures_in_their_place(song, tmp_path, audio):
    sources = [Source(f"t{i}", song(f"{i}.wav", 2.0, 44_100, 2, seed=i)) for i in range(5)]
    sources.insert(2, Source("broken", "broken.mp3"))
    np.save(tmp_path / "mel.npy", np.ones((64, 300)))
    sources.insert(4, Source("melody", "", "mel.npy"))
    (tmp_path / "broken.mp3").write_text("nothing")
    extract = extractor(tmp_path, audio())
    one, two = (collect(extract, sources, n, tmp_path) for n in (1, 2))
    for name, array in one.arrays.items():
        assert array.track_id.tolist() == ["t0", "t1", "t2", "melody", "t3", "t4"]
        array.save(tmp_path / "one.npz")
        two.arrays[name].save(tmp_path / "two.npz")
        assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    np.testing.assert_allclose(one.arrays["mfcc"].rows(["t3"])[0], extract(sources[5]).mfcc, atol=1e-3)
    assert one.rejected == two.rejected
    (row,) = one.rejected
    assert (row["path"], row["track_id"], row["what"]) == ("broken.mp3", "broken", "audio")
    assert one.origins == {"audio": 5, "mel": 1}
    assert one.seconds == two.seconds > 10


def test_no_readable_track_gives_arrays_without_rows(tmp_path, audio):
    collection = collect(extractor(tmp_path, audio()), [Source("a", "gone.wav")], 1, tmp_path)
    assert all(len(array) == 0 and array.note for array in collection.arrays.values())
    assert len(collection.rejected) == 1
