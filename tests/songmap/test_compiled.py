import numpy as np

from songmap import compiled


def test_a_cache_that_cannot_be_written_is_replaced(monkeypatch, tmp_path):
    attempts = []

    def fit(points, settings):
        attempts.append(compiled.CONFIG.CACHE_DIR)
        if len(attempts) == 1:
            raise OSError(28, "No space left on device")
        return points[:, :2]

    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(compiled.CONFIG, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setattr(compiled, "_fit", fit)
    assert compiled.umap_layout(np.zeros((4, 3)), n_neighbors=3).shape == (4, 2)
    assert len(set(attempts)) == 2
    assert not any(folder.startswith(str(blocked)) for folder in attempts)


def test_a_damaged_cache_is_deleted(monkeypatch, tmp_path):
    attempts = []

    def fit(points, settings):
        attempts.append(compiled.CONFIG.CACHE_DIR)
        if len(attempts) == 1:
            raise EOFError("Ran out of input")
        return points[:, :2]

    monkeypatch.setattr(compiled.CONFIG, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compiled, "_fit", fit)
    compiled.umap_layout(np.zeros((4, 3)), n_neighbors=3)
    assert attempts[0] == str(compiled.cache_folder())
    assert not compiled.cache_folder().exists()
    assert len(set(attempts)) == 2


def test_the_cache_is_named_after_versions(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = compiled.cache_folder()
    assert folder.parent == tmp_path / "songmap"
    assert "umap-learn-" in folder.name
    assert "numba-" in folder.name
