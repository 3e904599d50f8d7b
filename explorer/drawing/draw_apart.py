"""Draw DOT in a process of its own, which can be ended: `python draw_apart.py FORMAT [ARGUMENTS]`, DOT in, a file out.

It imports nothing of the explorer, whose package would load torch.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Read DOT from the standard input and write the drawing to the standard output; 2 where it is no valid DOT."""
    import pygraphviz

    file_format, arguments = sys.argv[1], " ".join(sys.argv[2:])
    try:
        graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
    except ValueError:
        return 2
    sys.stdout.buffer.write(graph.draw(format=file_format, prog="dot", args=arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
