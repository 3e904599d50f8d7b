"""The payload says what the record says, each different value once, and nothing of this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from explorer.experiment import Experiment
from explorer.observe import observe
from explorer.record import Observation, Summary
from explorer.ui.player.contents import run_payload
from explorer.ui.player.payload import display_path, player_payload
from tests.helpers.toy import FILE, NARRATION, PHASES, tensor, toy_observation


def payload_of(observation: Observation) -> dict:
    return player_payload(observation, phases=PHASES, narration=NARRATION)


def test_steps_are_columns_of_equal_length() -> None:
    steps = payload_of(toy_observation())["steps"]
    assert {len(column) for column in steps.values()} == {14}
    assert steps["line"] == [0, 1, 2, 8, 9, 13, 13, 3, 4, 3, 4, 3, 5, 5]
    assert steps["frame"][0] == -1


def test_changes_name_their_values() -> None:
    payload = payload_of(toy_observation())
    ((name, kind, value),) = payload["changes"]["8"]
    assert (payload["names"][name], kind, payload["values"][value]["text"]) == ("y", "rebound", "7")
    assert payload["values"][payload["returned"]["13"]]["text"] == "8"


def test_equal_values_are_stored_once() -> None:
    texts = [json.dumps(value) for value in payload_of(toy_observation())["values"]]
    assert len(texts) == len(set(texts))


def test_sources_are_the_lines_of_the_file() -> None:
    payload = payload_of(toy_observation())
    lines = Path(FILE).read_text().splitlines()
    for code, last in zip(payload["codes"], (5, 13), strict=True):
        shown = [" " * line[0] + line[1] for line in code["lines"]]
        assert shown == lines[code["first"] - 1 : last]


def test_a_tensor_keeps_its_facts() -> None:
    payload = payload_of(toy_observation())
    ((_, _, value),) = payload["changes"]["3"]
    facts = payload["values"][value]["tensor"]
    assert facts["shape"] == [2, 5]
    assert (facts["dtype"], facts["grad_fn"], facts["version"]) == ("float32", "MulBackward0", 3)
    recorded = tensor((2, 5)).tensor
    assert recorded is not None
    assert recorded.statistics is not None
    assert facts["statistics"]["histogram"] == list(recorded.statistics.histogram)
    assert facts["statistics"]["max"] == "2"


def test_a_narration_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="13 narrations for 14 steps"):
        player_payload(toy_observation(), phases=PHASES, narration=NARRATION[1:])


def test_chapters_are_the_outermost_modules_own_calls() -> None:
    assert payload_of(toy_observation())["chapters"] == [("part", "Part", 3, 6)]


def test_paths_of_this_machine_stay_here() -> None:
    assert display_path(str(Path(torch.nn.__file__).parent / "functional.py")) == "torch/nn/functional.py"
    assert display_path(str(Path(__file__))) == "tests/ui/player/test_player_payload.py"
    assert display_path("/somewhere/else/mine.py") == "mine.py"
    assert display_path("<stdin>") == "<stdin>"


@pytest.mark.parametrize("model", ["cnn", "resnet18", "not-a-model", "function", "checkpoint"])
def test_real_records_are_plain_json_without_paths_and_small(model: str) -> None:
    observation = observe(Experiment(model=model))
    document = json.dumps(run_payload(observation), allow_nan=False)
    assert str(Path(torch.__file__).parents[1]) not in document
    assert str(Path(__file__).parents[3]) not in document
    assert len(document) < 1_500_000


def test_values_that_are_not_finite_are_text() -> None:
    model = torch.nn.Identity()
    from explorer.observe import observe_call

    observation = observe_call(model, torch.tensor([float("nan"), float("inf"), 1.0]))
    json.dumps(run_payload(observation), allow_nan=False)


def test_an_unhashable_item_does_not_stop_it() -> None:
    observation = toy_observation()
    assert payload_of(observation)["values"][0] == {"type": "int", "text": "3"}
    assert hash(Summary("list", "x", None, (("0", Summary("int", "1")),)))
