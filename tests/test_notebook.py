"""The notebook runs from beginning to end, on results as small as they can be."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.songmap.results_folder import N, write_results

NOTEBOOK = Path("notebooks/explore.ipynb")


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = write_results(tmp_path_factory.mktemp("repository"))
    shutil.copytree("songmap", folder / "songmap", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "notebooks").mkdir()
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    metadata = {"metadata": {"path": str(folder / "notebooks")}}
    return NotebookClient(notebook, timeout=300, kernel_name="python3", resources=metadata).execute()


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_every_cell_runs_without_a_warning(executed):
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [found for found in outputs(executed) if found.output_type == "error"]
    assert not [found for found in outputs(executed) if found.get("name") == "stderr"]


def test_it_shows_numbers_and_pictures(executed):
    texts = [found.text for found in outputs(executed) if found.output_type == "stream"]
    assert texts[0].splitlines()[0] == f"{N} tracks, 6 features, 4 latent dimensions"
    assert texts[0].splitlines()[1:] == [f"cluster {i}: {N // 3} tracks" for i in range(3)]
    assert texts[-1].splitlines()[0] == "0.000  Déjà vu"
    pictures = [found for found in outputs(executed) if "image/png" in found.get("data", {})]
    assert len(pictures) == 3


def test_it_is_kept_without_outputs_and_with_paths_of_the_repository():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert "/home" not in NOTEBOOK.read_text(encoding="utf-8")
    loading = next(cell.source for cell in code if "songmap.open" in cell.source)
    assert len(loading.splitlines()) == 5
