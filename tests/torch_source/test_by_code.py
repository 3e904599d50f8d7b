"""Answers for code objects are worked out once, and go with their code."""

import gc

from explorer.torch_source.by_code import ByCode


def made(text: str = "1"):
    return compile(text, "made", "eval")


def test_an_answer_is_worked_out_once_for_each_code_object():
    asked = []
    by_code = ByCode(lambda code: asked.append(code.co_filename) or len(asked))
    first, second = made(), made()
    assert first == second  # equal, and two objects
    assert [by_code(code) for code in (first, second, first, second)] == [1, 2, 1, 2]


def test_an_answer_goes_with_its_code():
    by_code = ByCode(lambda code: code.co_firstlineno)
    for _ in range(3):
        code = made()
        by_code(code)
        assert len(by_code._answers) == 1
        del code
        gc.collect()
        assert by_code._answers == {}


def test_no_more_answers_are_kept_than_asked_for():
    by_code = ByCode(lambda code: code.co_firstlineno, most=2)
    codes = [made() for _ in range(5)]
    for code in codes:
        by_code(code)
    assert list(by_code._answers) == [id(code) for code in codes[-2:]]


def test_a_forgotten_answer_is_worked_out_anew():
    asked = []
    by_code = ByCode(lambda code: asked.append(code) or len(asked))
    code = made()
    assert by_code(code) == 1
    by_code.forget(code)
    assert by_code(code) == 2
