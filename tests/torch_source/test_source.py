"""Spans of statements and functions, and their text, from the syntax tree."""

import inspect
import textwrap
from pathlib import Path

from torch.nn.modules import module as module_source

from explorer.torch_source.files import MODULE_FILE
from explorer.torch_source.statements import function_span, parse_file, statement_text

SOURCE = inspect.getsource(module_source)


def test_spans_of_statements():
    line = next(n for n, text in enumerate(SOURCE.splitlines(), 1) if "if not (self._backward_hooks or" in text)
    for inside in (line, line + 1, line + 2):
        statement = parse_file(MODULE_FILE).statements[inside]
        assert (statement.first, statement.last) == (line, line + 2)
    assert statement_text(MODULE_FILE, (line, line + 2)).startswith("if not (self._backward_hooks or")
    assert statement_text(MODULE_FILE, (line, line + 2)).endswith("_global_forward_pre_hooks):")
    assert parse_file("no such file").statements == {}


def test_spans_of_functions():
    for function in (module_source.Module._call_impl, module_source.Module.train, textwrap.dedent):
        lines, first = inspect.getsourcelines(function)
        assert function_span(function.__code__) == (first, first + len(lines) - 1)
    assert function_span(compile("1", "no such file", "exec")) == (1, 1)


KINDS = """
async def f(x, y, z):
    if x: y = 1
    elif has_torch_function_unary(
            x):
        ifs = del_ = x
    for _ in x: pass
    async for _ in overrides.has_torch_function((x,)):
        del x, y  # two names
    del z[0]
    del z; y = 2
    while x: has_torch_function
"""


def test_kinds_of_statements(tmp_path: Path):
    file = tmp_path / "kinds.py"
    file.write_text(KINDS)
    statements = parse_file(str(file)).statements
    kinds = [statements[line].kind for line in range(3, 13)]
    assert kinds == ["if", "if", "if", "other", "for", "for", "del", "other", "other", "other"]
    assert statements[9].binds == ("x", "y")
    assert {line for line, each in statements.items() if each.calls_has_torch_function} == {4, 5, 8}
