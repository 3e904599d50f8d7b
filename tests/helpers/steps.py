"""Steps of a record, as the tests of the recorder name them: by the text of their statements."""

from explorer.torch_source.statements import statement_text


def texts(seen, file, kinds=("statement",)):
    """The statements that ran in a file, in order, without their comments."""
    return [
        statement_text(frame.file, (step.line, step.end_line)).partition("  #")[0]
        for step in seen.trace.steps
        if step.frame is not None and step.kind in kinds and (frame := seen.trace.frames[step.frame]).file == file
    ]


def changes(seen, text, file):
    """(name, kind, value) of what each execution of a statement changed."""
    return [
        [(change.name, change.kind, change.value.text) for change in step.changes]
        for step in seen.trace.steps
        if step.frame is not None
        and step.kind == "statement"
        and seen.trace.frames[step.frame].file == file
        and statement_text(file, (step.line, step.end_line)).partition("  #")[0] == text
    ]


def kinds(seen):
    """(kind, name of the function) of each step after the look-up."""
    return [(step.kind, seen.trace.frames[step.frame].function.rpartition(".")[2]) for step in seen.trace.steps[1:]]
