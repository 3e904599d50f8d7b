"""Write the tables of docs/record-format.md anew from the record's own classes and the comments of their fields.

python -m tools.record_format
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "record-format.md"
# In the order of the document.
MODULES = (
    *("record/observation", "record/trace", "record/callees", "record/values", "record/graph", "record/outcome"),
    *("record/warning", "record/unrecorded"),
    *("experiment/experiment", "catalog/hooks/hook"),
)
BEGIN, END = "<!-- fields -->", "<!-- /fields -->"


def tables() -> str:
    """Return a heading and a table for each class of the record, in Markdown."""
    return "\n".join(
        line
        for module in MODULES
        for line in _tables_of((ROOT / "explorer" / f"{module}.py").read_text(encoding="utf-8"))
    )


def written(document: str) -> str:
    """Return the document with the tables of today between its markers."""
    before, rest = document.split(BEGIN)
    return f"{before}{BEGIN}\n{tables()}\n{END}{rest.split(END)[1]}"


def _tables_of(source: str) -> Iterator[str]:
    lines = source.splitlines()
    for node in ast.parse(source).body:
        fields = [item for item in getattr(node, "body", ()) if isinstance(item, ast.AnnAssign)]
        if isinstance(node, ast.ClassDef) and fields:
            yield from (f"### {node.name}", "", (ast.get_docstring(node) or "").partition("\n")[0], "")
            yield from ("| field | type | what it is |", "|---|---|---|")
            for field in fields:
                kind = ast.unparse(field.annotation).replace("|", "\\|")
                yield f"| `{ast.unparse(field.target)}` | `{kind}` | {_comment(field, lines)} |"
            yield ""


def _comment(field: ast.AnnAssign, lines: list[str]) -> str:
    """Return what the comment behind a field says, or the comment lines above it."""
    behind = lines[(field.end_lineno or field.lineno) - 1].partition("  # ")[2]
    if behind:
        return behind.replace("|", "\\|")
    above: list[str] = []
    for line in reversed(lines[: field.lineno - 1]):
        if not line.strip().startswith("# "):
            break
        above.insert(0, line.strip().removeprefix("# "))
    return " ".join(above)


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
