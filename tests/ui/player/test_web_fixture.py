"""The payloads that the browser modules' own tests read are those that the player gets."""

from __future__ import annotations

import json

from tests.helpers.web_fixture import FILE, comparable, payloads


def test_the_browsers_tests_read_payloads_as_they_are_now() -> None:
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    assert comparable(payloads()) == comparable(stored), "write them anew: python -m tests.helpers.web_fixture"
