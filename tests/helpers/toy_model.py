def outer(x):
    y = inner(x)
    for _ in range(2):
        y = y + 1
    return y


def inner(x):
    if x < 0:
        raise ValueError(
            "negative",
        )
    return x * 2
