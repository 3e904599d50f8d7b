"""A class that changes its settings all at once: every reader gets the run that was asked for, and no other."""

from __future__ import annotations

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer import Experiment, observe
from explorer.ui.pages.call_path.snippet import python_snippet
from explorer.ui.player.component import _pack
from tests.helpers import patience

READERS = 20
CHANGES = 5
MODELS = ("cnn", "simple", "dropout", "batchnorm")
LARGEST = 1 << 26  # bytes of a message


@dataclass
class Reader:
    """One session, as the browser's side of it speaks to the server."""

    experiment: Experiment
    socket: websockets.ClientConnection
    widgets: dict[str, str] = field(default_factory=dict)  # name in the URL → id
    fingerprint: str = ""
    snippet: str = ""

    async def run(self, mode: str | None = None) -> float:
        """Ask for the page, pressing `mode` where one is given; the seconds until the script had finished."""
        asked = BackMsg()
        asked.rerun_script.query_string = f"model={self.experiment.model}&seed={self.experiment.seed}"
        if mode is not None:
            pressed = asked.rerun_script.widget_states.widgets.add()
            pressed.id = self.widgets["mode"]
            pressed.string_array_value.data.append(mode)
        begun = monotonic()
        await self.socket.send(asked.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(self.socket.recv(), patience.SECONDS))  # type: ignore[arg-type]
            if message.WhichOneof("type") == "delta":
                self._read(message.delta.new_element)
            if message.WhichOneof("type") == "script_finished":
                return monotonic() - begun

    def _read(self, element: Element) -> None:
        kind = element.WhichOneof("type")
        if kind == "button_group":
            self.widgets[element.button_group.query_param_key] = element.button_group.id
        elif kind == "code" and "observe(" in element.code.code_text:
            self.snippet = element.code.code_text.strip()
        elif kind == "bidi_component" and element.bidi_component.bytes:  # the player's, not the history's
            head = element.bidi_component.bytes.split(b"\n", 1)[0]
            self.fingerprint = json.loads(head)["fingerprint"]


def expected(experiment: Experiment) -> tuple[str, str]:
    """What a reader of this run should have, worked out here, where nothing else runs."""
    return hashlib.sha256(_pack(observe(experiment))).hexdigest(), python_snippet(experiment).strip()


async def visit(address: str, number: int) -> list[tuple[Experiment, str, str, float]]:
    model = MODELS[number % len(MODELS)]
    url = f"ws{address.removeprefix('http')}/_stcore/stream"
    got = []
    async with websockets.connect(url, subprotocols=["streamlit"], max_size=LARGEST) as socket:  # type: ignore[list-item]
        reader = Reader(Experiment(model=model, seed=number), socket)
        await reader.run()
        for change in range(CHANGES):
            training = bool(change % 2)
            seconds = await reader.run("train" if training else "eval")
            wanted = Experiment(model=model, seed=number, training=training)
            got.append((wanted, reader.fingerprint, reader.snippet, seconds))
    return got


async def class_of(address: str) -> list[list[tuple[Experiment, str, str, float]]]:
    return await asyncio.gather(*(visit(address, number) for number in range(READERS)))


def test_readers_get_their_own_runs(address: str):
    with ThreadPoolExecutor(1) as thread:  # of its own: the browser of other tests keeps a loop running in this one
        visits = thread.submit(lambda: asyncio.run(class_of(address))).result()
    answers = [answer for got in visits for answer in got]
    assert len(answers) == READERS * CHANGES
    wanted = {experiment: expected(experiment) for experiment, *_ in answers}
    for experiment, fingerprint, snippet, _ in answers:
        assert (fingerprint, snippet) == wanted[experiment], experiment
    assert len({fingerprint for fingerprint, _ in wanted.values()}) == len(wanted)
    print(f"slowest answer: {max(seconds for *_, seconds in answers):.2f} s")
