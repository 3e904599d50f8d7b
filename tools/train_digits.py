"""Train the weights of `digits` and `digits-dropout`, and choose the digits that a reader may send in.

python -m tools.train_digits

It needs scikit-learn, which has the data set and which nothing else of the project needs, and takes ten seconds. On one
machine it writes the same bytes each time. explorer/catalog/digits/ORIGIN.md says what is in the files.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.catalog.digits import DIGITS, StoredDigit, enlarged
from explorer.catalog.digits.stored import CLASSES, HARD
from explorer.catalog.models.digits import CNNWithDropout
from explorer.catalog.models.self_call_article import CNN

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "explorer" / "catalog" / "digits"
CHECKPOINT, CHOSEN, ABOUT = FOLDER / "cnn.pt", FOLDER / "digits.json", FOLDER / "ORIGIN.md"
HELD_OUT = ROOT / "tests" / "data" / "held_out_digits.npz"  # so that the tests need no scikit-learn
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"

SEED = 0
HELD_OUT_COUNT = 597  # of 1,797
EPOCHS, BATCH, LEARNING_RATE = 20, 64, 2e-3


@dataclass(frozen=True)
class Digits:
    """Some digits of the data set. index: [count], their places in it. pixels: [count, 8, 8]. labels: [count]."""

    index: Tensor
    pixels: Tensor
    labels: Tensor


def split(count: int) -> tuple[Tensor, Tensor]:
    """Return the places of the digits to learn from, and of those held out, by a seed of its own."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(SEED))
    return order[HELD_OUT_COUNT:], order[:HELD_OUT_COUNT]


def data() -> tuple[Digits, Digits]:
    """Return the digits to learn from, and those held out. Ends the program where scikit-learn is missing."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        sys.exit("The digits come from scikit-learn: python -m pip install scikit-learn, then once more.")
    loaded = load_digits()
    pixels, labels = torch.tensor(loaded.images, dtype=torch.uint8), torch.tensor(loaded.target)
    learnt, held_out = (Digits(places, pixels[places], labels[places]) for places in split(len(labels)))
    return learnt, held_out


def trained(digits: Digits) -> dict[str, Tensor]:
    """Return the weights, in float16: those of the network with dropout, which are those of the network without."""
    torch.set_num_threads(1)  # so that sums are added in one order
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    model = CNNWithDropout(p=0.5)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    images = enlarged(digits.pixels)
    for _ in range(EPOCHS):
        for rows in torch.split(torch.randperm(len(images)), BATCH):
            optimizer.zero_grad()
            F.cross_entropy(model(images[rows]), digits.labels[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        schedule.step()
    return {name: tensor.half() for name, tensor in model.state_dict().items()}


def scores_of(weights: dict[str, Tensor], pixels: Tensor) -> Tensor:
    """Return the scores of the network as the articles have it, in eval mode: [count, 10]."""
    model: nn.Module = CNN()
    model.load_state_dict(weights, strict=True)
    model.eval()
    with torch.no_grad():
        scores: Tensor = model(enlarged(pixels))
    return scores


def chosen(digits: Digits, scores: Tensor) -> list[StoredDigit]:
    """Return for each class the digit with the largest margin and the one with the smallest, in the order of DIGITS."""
    all_of_them = [
        StoredDigit(
            name="",
            index=int(digits.index[row]),
            label=int(digits.labels[row]),
            scores=tuple(round(float(score), 3) for score in scores[row]),
            pixels=tuple(tuple(map(int, line)) for line in digits.pixels[row]),
        )
        for row in range(len(scores))
    ]
    found: dict[str, StoredDigit] = {}
    for label in range(CLASSES):
        of_class = [each for each in all_of_them if each.label == label]
        found[str(label)] = max(of_class, key=attrgetter("margin"))
        found[f"{label}{HARD}"] = min(of_class, key=attrgetter("margin"))
    return [replace(found[name], name=name) for name in DIGITS]


def as_json(digits: list[StoredDigit]) -> str:
    """Return the file's text, a row of pixels on each line, so that a reader sees the digit."""
    parts = []
    for digit in digits:
        head = {"name": digit.name, "index": digit.index, "label": digit.label, "scores": list(digit.scores)}
        lines = ",\n".join(f"  [{', '.join(f'{pixel:2}' for pixel in row)}]" for row in digit.pixels)
        parts.append(f'{json.dumps(head)[:-1]}, "pixels": [\n{lines}\n]}}')
    return "[\n" + ",\n".join(parts) + "\n]\n"


def measured(right: int, count: int, digits: list[StoredDigit]) -> str:
    """Return what ORIGIN.md says of the accuracy and of each digit, in Markdown."""
    lines = [f"{right} of {count} held-out digits are recognised: {right / count:.1%}.", ""]
    lines += ["| `digit=` | written | place | highest score | score of the right class | its margin |"]
    lines += ["|---|--:|--:|--:|--:|--:|"]
    for digit in digits:
        best = f"{max(digit.scores):.2f} (class {digit.scored_as})"
        own = f"{digit.scores[digit.label]:.2f}"
        lines.append(f"| `{digit.name}` | {digit.label} | {digit.index} | {best} | {own} | {digit.margin:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Train, choose, and write all files."""
    learnt, held_out = data()
    weights = trained(learnt)
    scores = scores_of(weights, held_out.pixels)
    right = int((scores.argmax(1) == held_out.labels).sum())
    digits = chosen(held_out, scores)
    torch.save(weights, CHECKPOINT)
    CHOSEN.write_text(as_json(digits), encoding="utf-8")
    np.savez_compressed(
        HELD_OUT,
        index=held_out.index.numpy().astype(np.int16),
        pixels=held_out.pixels.numpy(),
        labels=held_out.labels.numpy().astype(np.uint8),
    )
    before, rest = ABOUT.read_text(encoding="utf-8").split(BEGIN)
    text = measured(right, len(scores), digits)
    ABOUT.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
