import hashlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from songmap import params
from songmap.audio import collect as module
from songmap.audio.collect import Rows, collect
from songmap.audio.extract import Features, Source, extractor
from songmap.audio.parallel import Died

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


@pytest.fixture
def tracks(song, tmp_path):
    """Sound, a ready-made mel spectrogram and a broken file, with digests."""
    names = [song(f"{i}.wav", 2.0, 44_100, 2, seed=i) for i in range(5)]
    names.insert(2, "broken.mp3")
    names.insert(4, "mel.npy")
    (tmp_path / "broken.mp3").write_text("nothing")
    np.save(tmp_path / "mel.npy", np.ones((64, 300)))
    digests = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in names}
    return [
        Source(name[:-4], "", name, digests[name])
        if name == "mel.npy"
        else Source(name[:-4], name, "", digests[name])
        for name in names
    ]


def saved(collection, folder):
    """The bytes of each array's file."""
    for name, array in collection.arrays.items():
        array.save(folder / "saved" / f"{name}.npz")
    return {name: (folder / "saved" / f"{name}.npz").read_bytes() for name in collection.arrays}


def test_rows_come_back(tmp_path):
    rows = Rows(tmp_path)
    values = np.random.default_rng(0).standard_normal((5, 2)).astype(np.float32)
    for i, row in enumerate(values):
        rows.append(f"t{i}", row)
    array = rows.array(["a", "b"], "none")
    np.testing.assert_array_equal(array.values, values)
    assert array.track_id.tolist() == ["t0", "t1", "t2", "t3", "t4"]
    assert array.names.tolist() == ["a", "b"]
    assert Rows(tmp_path).array(["a", "b"], "none").note == "none"


def test_same_bytes_for_any_number_of_processes_and_whatever_is_stored(tracks, tmp_path, audio):
    settings = audio(descriptors=["rms", "tempo"], seconds=1.0, excerpts=2)
    plain = extractor(tmp_path, settings)
    stored = extractor(tmp_path, settings, tmp_path / "cache")
    runs = [(plain, 1), (plain, 2), (stored, 2), (stored, 1)]
    first, *others = (collect(extract, tracks, n, tmp_path) for extract, n in runs)
    for other in others:
        assert saved(other, tmp_path) == saved(first, tmp_path)
        assert (other.rejected, other.origins, other.seconds) == (
            first.rejected,
            first.origins,
            first.seconds,
        )
    assert first.not_stored == others[-1].not_stored == 0
    assert first.origins == {"audio": 5, "mel": 1}
    assert first.seconds > 10


def test_each_track_has_its_row_and_failures_are_in_their_place(tracks, tmp_path, audio):
    settings = audio(descriptors=["rms"], n_mfcc=3)
    extract = extractor(tmp_path, settings)
    collection = collect(extract, tracks, 2, tmp_path)
    (row,) = collection.rejected
    assert (row["path"], row["track_id"], row["what"]) == ("broken.mp3", "broken", "audio")
    for name in ("mfcc", "mel_stats", "mel"):
        assert collection.arrays[name].track_id.tolist() == ["0", "1", "2", "mel", "3", "4"]
    described = collection.arrays["descriptors"]
    assert described.track_id.tolist() == ["0", "1", "2", "3", "4"]  # a ready-made spectrogram has none
    assert described.names.tolist()[:2] == ["mfcc1_mean", "mfcc2_mean"]
    assert described.names.tolist()[12:14] == ["rms_mean", "rms_std"]
    for name, array in collection.arrays.items():
        np.testing.assert_allclose(array.rows(["3"])[0], getattr(extract(tracks[5]), name), atol=1e-3)


def test_without_sound_there_are_no_descriptors(tracks, tmp_path, audio):
    collection = collect(extractor(tmp_path, audio()), [tracks[4]], 1, tmp_path)
    assert len(collection.arrays["mfcc"]) == 1
    assert len(collection.arrays["descriptors"]) == 0
    assert "need sound" in collection.arrays["descriptors"].note


def test_no_readable_track_gives_arrays_without_rows(tmp_path, audio):
    collection = collect(extractor(tmp_path, audio()), [Source("a", "gone.wav")], 1, tmp_path)
    assert all(len(array) == 0 and array.note for array in collection.arrays.values())
    assert len(collection.rejected) == 1


def test_what_could_not_be_stored_is_counted(tracks, tmp_path, audio):
    (tmp_path / "cache").touch()
    assert collect(extractor(tmp_path, audio(), tmp_path / "cache"), tracks, 1, tmp_path).not_stored == 6


def test_a_track_that_hangs_says_so(tracks, tmp_path, audio, monkeypatch):
    extract = extractor(tmp_path, audio())
    results = [Died(timed_out=True), Died(timed_out=False), extract(tracks[3])]
    monkeypatch.setattr(module, "in_order", lambda *_: iter(results))
    collection = collect(extract, tracks[:3], 1, tmp_path)
    slow, died = (row["reason"] for row in collection.rejected)
    assert "took more than 120 s" in slow
    assert "died" in died


RUN = """
import sys
from pathlib import Path
from songmap import params
from songmap.audio.collect import collect
from songmap.audio.extract import Source, extractor

if __name__ == "__main__":
    folder, digests = Path(sys.argv[1]), sys.argv[2:]
    sources = [Source(f"t{i}", f"{i}.wav", "", digest) for i, digest in enumerate(digests)]
    audio = params.load().audio.model_copy(update={"descriptors": []})
    collect(extractor(folder, audio, folder / "cache"), sources, 2, folder)
"""


def test_after_a_kill_only_the_rest_is_decoded(song, tmp_path):
    names = [song(f"{i}.wav", 25.0, 44_100, 2, seed=i) for i in range(4)]
    for i in range(4, 40):
        (tmp_path / f"{i}.wav").write_bytes((tmp_path / names[i % 4]).read_bytes() + bytes(i))
    names = [f"{i}.wav" for i in range(40)]
    digests = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in names]
    (tmp_path / "run.py").write_text(RUN)
    run = subprocess.Popen(
        [sys.executable, tmp_path / "run.py", tmp_path, *digests],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    pattern = "cache/*/??/[0-9a-f]*.npz"
    while len(list(tmp_path.glob(pattern))) < 5 and run.poll() is None:
        time.sleep(0.01)
    run.kill()
    run.wait()
    time.sleep(0.5)  # the workers notice
    done = {path.stem for path in tmp_path.glob(pattern)}
    assert 5 <= len(done) < 40
    for name, digest in zip(names, digests, strict=True):
        if digest in done:
            (tmp_path / name).unlink()
    settings = params.load(ROOT / "params.yaml").audio.model_copy(update={"descriptors": []})
    extract = extractor(tmp_path, settings, tmp_path / "cache")
    for name, digest in zip(names, digests, strict=True):
        assert isinstance(extract(Source(name, name, "", digest)), Features)
