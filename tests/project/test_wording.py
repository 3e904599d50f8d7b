"""Numbers and names in sentences: written out by hand, and made in one place."""

import re
from pathlib import Path

import pytest

from explorer.wording import count, listed, ordinal, times, with_article

ROOMS = Path(__file__).resolve().parents[2] / "explorer"


def test_by_hand():
    assert [times(number) for number in (0, 1, 2, 3, 1024)] == ["0 times", "once", "twice", "3 times", "1,024 times"]
    assert [count(number, "step") for number in (0, 1, 1024)] == ["0 steps", "1 step", "1,024 steps"]
    assert [count(number, "batch", "batches") for number in (1, 2)] == ["1 batch", "2 batches"]
    said = ["first", "second", "third", "4th", "11th", "13th", "21st", "22nd", "23rd", "111th", "112th", "121st"]
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 13, 21, 22, 23, 111, 112, 121)] == said
    assert [with_article(noun) for noun in ("int", "Tensor", "")] == ["an `int`", "a `Tensor`", "a ``"]


@pytest.mark.parametrize(
    ("names", "most", "said"),
    [
        ("", None, ""),
        ("a", None, "a"),
        ("ab", None, "a and b"),
        ("abcde", None, "a, b, c, d and e"),
        ("abc", 3, "a, b and c"),
        ("abcd", 3, "a, b, c and 1 more"),
        ("abcdefgh", 3, "a, b, c and 5 more"),
    ],
)
def test_names_in_a_row(names, most, said):
    assert listed(names, most) == said


@pytest.mark.parametrize("helper", ["times", "count", "ordinal", "listed", "with_article"])
def test_no_room_has_a_helper_of_its_own(helper):
    made = [
        module.name
        for module in ROOMS.rglob("*.py")
        if re.search(rf"^def _?{helper}\(\w+: (?:int|str|Sequence\[str\]|Iterable\[str\])", module.read_text(), re.M)
    ]
    # `hooks` lists choices, in brackets and without an "and".
    assert set(made) == {"wording.py"} | ({"hooks.py"} if helper == "listed" else set())
