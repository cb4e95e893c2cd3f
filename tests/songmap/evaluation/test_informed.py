from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from songmap.errors import ParameterError
from songmap.evaluation.informed import informed_by
from songmap.params import Params


def model(audio="mfcc", condition="none", beside="tfidf"):
    return SimpleNamespace(inputs={"audio": audio, "beside": beside}, condition=condition)


MODELS = {
    "plain": model(),
    "cvae": model(condition="genre_language"),
    "told_genre": model(condition="genre"),
    "on_genre": model(audio="latents/told_genre"),
    "on_that": model(audio="latents/on_genre", condition="language"),
    "on_plain": model(audio="latents/plain"),
    "beside_genre": model(beside="latents/told_genre"),
    "twice_plain": model(audio="latents/plain", beside="latents/plain"),
}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("plain", ""),
        ("on_plain", ""),
        ("cvae", "genre_language"),
        ("told_genre", "genre"),
        ("on_genre", "genre"),
        ("on_that", "genre_language"),
        ("beside_genre", "genre"),
        ("twice_plain", ""),
    ],
)
def test_what_a_model_was_told_comes_down_the_chain(name, told):
    assert informed_by(name, MODELS) == told


def test_a_circle_is_refused():
    circle = {"a": model(audio="latents/b"), "b": model(audio="latents/a")}
    with pytest.raises(ParameterError, match="a -> b -> a"):
        informed_by("a", circle)


def test_no_told_model_of_the_parameters_goes_unmarked():
    settings = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text(encoding="utf-8"))
    models = settings["models"]
    models["on_cvae"] = {**models["early_fusion"], "audio": "latents/cvae"}
    models["beside_that"] = {**models["multimodal_vae"], "beside": "latents/on_cvae"}
    read = Params.model_validate(settings).models
    told = {name: informed_by(name, read) for name in read}
    assert {name for name in told if told[name]} == {"cvae", "on_cvae", "beside_that"}
    assert told["beside_that"] == "genre_language"
