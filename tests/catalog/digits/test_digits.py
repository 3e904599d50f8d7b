"""The trained network and its digits: what the documents say of them, measured here from the files, with bare torch."""

from __future__ import annotations

import hashlib
import re
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from explorer import Experiment, observe, study_dropout
from explorer.catalog import build, example_inputs, shown_code
from explorer.catalog.digits import DIGITS, enlarged, stored_digits
from explorer.catalog.models import digits as models
from explorer.catalog.models.digits import CNNWithDropout
from explorer.catalog.models.self_call_article import CNN
from tools import train_digits
from tools.train_digits import HELD_OUT_COUNT, as_json, chosen, measured, scores_of, split

ROOT = Path(__file__).resolve().parents[3]
FOLDER = files("explorer.catalog.digits")
RIGHT, COUNT = 587, 597


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    with (FOLDER / "cnn.pt").open("rb") as file:
        return torch.load(file, weights_only=True)


@pytest.fixture(scope="module")
def held_out() -> train_digits.Digits:
    with np.load(ROOT / "tests" / "data" / "held_out_digits.npz", allow_pickle=False) as file:
        index, pixels, labels = (torch.from_numpy(file[name]).long() for name in ("index", "pixels", "labels"))
    return train_digits.Digits(index, pixels, labels)


def bare_scores(weights: dict[str, torch.Tensor], images: torch.Tensor) -> torch.Tensor:
    """The scores by torch's functions alone, without a module: [count, 10]."""
    w = {name: tensor.float() for name, tensor in weights.items()}
    x = F.max_pool2d(F.relu(F.conv2d(images, w["conv1.weight"], w["conv1.bias"], padding=1)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, w["conv2.weight"], w["conv2.bias"], padding=1)), 2)
    x = F.relu(F.linear(x.flatten(1), w["fc1.weight"], w["fc1.bias"]))
    return F.linear(x, w["fc2.weight"], w["fc2.bias"])


def test_the_checkpoint_is_small_holds_float16_and_fits_both_classes_strictly(weights):
    assert 380_000 < len((FOLDER / "cnn.pt").read_bytes()) < 400_000
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    for made in (CNN(), CNNWithDropout()):
        assert str(made.load_state_dict(weights, strict=True)) == "<All keys matched successfully>"
        assert {parameter.dtype for parameter in made.parameters()} == {torch.float32}


@pytest.mark.parametrize("key", ["digits", "digits-dropout"])
@pytest.mark.parametrize("seed", [0, 5])
def test_each_seed_builds_the_model_of_the_checkpoint(key, seed, weights):
    built = build(key, seed=seed)
    assert type(built) is (CNN if key == "digits" else CNNWithDropout)
    assert built.state_dict().keys() == weights.keys()
    assert all(torch.equal(tensor, weights[name].float()) for name, tensor in built.state_dict().items())


def test_the_accuracy_is_what_the_documents_say(weights, held_out):
    scores = bare_scores(weights, enlarged(held_out.pixels))
    assert int((scores.argmax(1) == held_out.labels).sum()) == RIGHT
    assert len(scores) == COUNT == HELD_OUT_COUNT
    assert RIGHT / COUNT >= 0.97
    sentence = f"{RIGHT} of {COUNT} held-out digits"
    for name in ("README.md", "docs/usage.md", "explorer/catalog/digits/ORIGIN.md"):
        assert sentence in " ".join((ROOT / name).read_text(encoding="utf-8").split()), name


def test_the_digits_held_out_are_those_of_the_split_and_none_was_learnt_from(held_out):
    learnt, kept = split(1797)
    assert torch.equal(held_out.index, kept)
    assert sorted([*learnt.tolist(), *kept.tolist()]) == list(range(1797))
    assert {digit.index for digit in stored_digits().values()} <= set(kept.tolist())
    places = {int(place): row for row, place in enumerate(kept)}
    for digit in stored_digits().values():
        row = places[digit.index]
        assert held_out.labels[row] == digit.label
        assert held_out.pixels[row].tolist() == [list(line) for line in digit.pixels]


def test_there_are_two_of_each_class_the_clearest_and_the_hardest(weights, held_out):
    assert tuple(stored_digits()) == DIGITS
    assert [digit.label for digit in stored_digits().values()] == [*range(10), *range(10)]
    assert len({digit.index for digit in stored_digits().values()}) == len(DIGITS) == 20
    scores = bare_scores(weights, enlarged(held_out.pixels))
    own = scores.gather(1, held_out.labels[:, None])[:, 0]
    others = scores.scatter(1, held_out.labels[:, None], float("-inf")).max(1).values
    for label in range(10):
        of_class = held_out.labels == label
        margins, index = (own - others)[of_class], held_out.index[of_class]
        assert stored_digits()[str(label)].index == index[margins.argmax()]
        assert stored_digits()[f"{label}-hard"].index == index[margins.argmin()]
    wrong = [name for name, digit in stored_digits().items() if digit.scored_as != digit.label]
    assert len(wrong) >= 3
    assert all(name.endswith("-hard") for name in wrong)


@pytest.mark.parametrize("digit", DIGITS)
def test_each_digit_scores_what_is_stored_of_it(digit, weights):
    found = stored_digits()[digit]
    (x,) = example_inputs("digits", digit=digit)
    (scores,) = bare_scores(weights, x)
    assert scores.tolist() == pytest.approx(found.scores, abs=2e-3)
    assert int(scores.argmax()) == found.scored_as
    highest, second = scores.topk(2).indices.tolist()
    ahead = float(scores[highest] - scores[second])
    article = "An" if digit[0] == "8" else "A"
    assert found.words.startswith(
        f"{article} {found.label}, written by hand. In eval mode class {highest} scores highest, "
    )
    assert found.words.endswith(": the model is wrong.") == (highest != found.label) == (found.margin < 0)
    said = re.search(r", (\d+\.\d) above class (\d)(: the model is wrong)?\.$", found.words)
    assert said is not None
    assert float(said[1]) == pytest.approx(ahead, abs=0.06)
    assert int(said[2]) == second
    for key in ("digits", "digits-dropout"):
        with torch.no_grad():
            assert build(key, training=False)(x)[0].tolist() == pytest.approx(scores.tolist(), abs=1e-4)
    told = observe(Experiment(model="digits", digit=digit)).output
    assert told is not None
    assert told.text == "float32 [1, 10]"


def test_the_image_is_the_digit_enlarged_in_three_equal_channels():
    (x,) = example_inputs("digits", digit="3")
    assert (x.dtype, list(x.shape), x.is_contiguous()) == (torch.float32, [1, 3, 28, 28], True)
    assert torch.equal(x[0, 0], x[0, 1])
    assert torch.equal(x[0, 0], x[0, 2])
    assert 0 <= float(x.min()) <= float(x.max()) <= 1
    pixels = np.array(stored_digits()["3"].pixels) / 16
    # Bilinear interpolation by hand: the centres of the large pixels in the small image, kept within its centres.
    at = np.clip((np.arange(28) + 0.5) * 8 / 28 - 0.5, 0, 7)
    low = np.minimum(at.astype(int), 6)
    weight = at - low
    rows = pixels[low] * (1 - weight)[:, None] + pixels[low + 1] * weight[:, None]
    large = rows[:, low] * (1 - weight) + rows[:, low + 1] * weight
    assert np.allclose(x[0, 0].numpy(), large, atol=1e-6)


@given(digit=st.sampled_from(DIGITS), batch=st.integers(1, 20), seed=st.integers(0, 2**31 - 1))
def test_the_chosen_digit_is_row_0_and_the_next_ones_follow(digit, batch, seed):
    (x,) = example_inputs("digits", digit=digit, batch=batch, seed=seed)
    first = DIGITS.index(digit)
    names = [*DIGITS, *DIGITS][first : first + batch]
    assert torch.equal(x, torch.cat([example_inputs("digits-dropout", digit=name)[0] for name in names]))


@pytest.mark.parametrize("key", ["digits", "digits-dropout"])
def test_the_shown_code_runs_as_it_stands(key):
    names: dict[str, object] = {name: getattr(models, name) for name in ("F", "Tensor", "files", "nn", "torch")}
    exec(shown_code(key), names)
    maker = names["trained_cnn" if key == "digits" else "trained_cnn_with_dropout"]
    (x,) = example_inputs(key)
    assert torch.equal(maker().eval()(x), build(key, training=False)(x))


def test_in_eval_mode_both_models_give_the_same_bits_and_in_train_mode_one_varies():
    (x,) = example_inputs("digits", batch=20)
    with torch.no_grad():
        assert torch.equal(build("digits").eval()(x), build("digits-dropout").eval()(x))
    study = study_dropout(Experiment(model="digits-dropout"), calls=200)
    assert study.samples.shape == (200, 10)
    assert (study.variance > 0).all()
    assert study.eval_output == pytest.approx(stored_digits()["7"].scores, abs=2e-3)
    still = study_dropout(Experiment(model="digits", training=True), calls=20)
    assert (still.variance == 0).all()


def test_what_the_script_would_write_is_what_is_there(weights, held_out):
    """Without training anew: the choice, the file of digits and the measured part of the document."""
    scores = scores_of(weights, held_out.pixels)
    digits = chosen(held_out, scores)
    for found, kept in zip(digits, stored_digits().values(), strict=True):
        assert found.scores == pytest.approx(kept.scores, abs=2e-3)
        assert (found.name, found.index, found.label, found.pixels) == (kept.name, kept.index, kept.label, kept.pixels)
    stored = list(stored_digits().values())
    assert as_json(stored) == (FOLDER / "digits.json").read_text(encoding="utf-8")
    text = (FOLDER / "ORIGIN.md").read_text(encoding="utf-8")
    assert text.partition(train_digits.BEGIN)[2].partition(train_digits.END)[0].strip() == measured(
        RIGHT, COUNT, stored
    )
    assert "CC BY 4.0" in text
    assert "https://doi.org/10.24432/C50P49" in text


@pytest.mark.slow
def test_training_again_gives_the_same_bytes(tmp_path, monkeypatch):
    """Where scikit-learn is there: the project itself does not need it."""
    pytest.importorskip("sklearn.datasets")
    before = {name: hashlib.sha256((FOLDER / name).read_bytes()).digest() for name in ("cnn.pt", "digits.json")}
    threads = torch.get_num_threads()
    try:
        monkeypatch.setattr(train_digits, "HELD_OUT", tmp_path / "held_out.npz")
        for constant, name in (("CHECKPOINT", "cnn.pt"), ("CHOSEN", "digits.json"), ("ABOUT", "ORIGIN.md")):
            (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
            monkeypatch.setattr(train_digits, constant, tmp_path / name)
        train_digits.main()
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(False)
    assert {name: hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in before} == before


def test_without_scikit_learn_the_script_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(SystemExit, match="pip install scikit-learn"):
        train_digits.data()
