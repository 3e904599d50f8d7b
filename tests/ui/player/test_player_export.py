"""The joined script, and the file that stands alone."""

from __future__ import annotations

import json
import re

import pytest

from explorer.ui.player import assets
from explorer.ui.player.export import embedded, export_html
from tests.helpers.toy import hostile_observation, toy_observation


@pytest.mark.parametrize("entry", ["player/component.js", "player/standalone.js"])
def test_each_module_is_in_once_after_what_it_imports(entry: str) -> None:
    script = assets.javascript(entry)
    assert "import " not in re.sub(r"//.*", "", script)
    assert script.count("function createPlayer(") == 1
    assert script.index("function indexRecord(") < script.index("function createPlayer(")


def test_only_the_component_has_a_default_export() -> None:
    assert len(re.findall(r"^export ", assets.javascript("player/component.js"), re.MULTILINE)) == 1
    assert not re.findall(r"^export ", assets.javascript("player/standalone.js"), re.MULTILINE)


def test_embedded_json_cannot_end_its_element() -> None:
    text = "</script><!--\u2028&"
    safe = embedded(json.dumps({"text": text}, ensure_ascii=False))
    assert not set("<>&\u2028") & set(safe)
    assert json.loads(safe)["text"] == text


def test_the_file_holds_the_record_and_no_markup_of_the_model() -> None:
    page = export_html(hostile_observation())
    assert "<img src=x" not in page
    assert page.count("</script>") == 2  # the record's and the program's


def test_the_theme_is_one_of_two() -> None:
    assert 'data-theme="dark"' in export_html(toy_observation(), theme="dark")
    with pytest.raises(ValueError, match="'light' or 'dark'"):
        export_html(toy_observation(), theme="blue")  # type: ignore[arg-type]
