"""The places in MiniStack that patches replace. Another release that moved one ends at start, in one sentence, and not in a rollout's test."""
import functools
import inspect


def need(there, seam):
    if not there:
        raise SystemExit(f"the emulator's overlay does not fit this MiniStack: {seam} is not there")


def need_text(function, text):
    """The patch works by a line of the original, however many patches are around it by now."""
    function = inspect.unwrap(function)
    need(text in inspect.getsource(function), f"{function.__module__}.{function.__name__} with {text!r}")


def patch(module, name):
    """Puts the decorated function in the place of a function of MiniStack's. It is given the original as its first argument."""
    original = getattr(module, name, None)
    need(callable(original), f"{module.__name__}.{name}")

    def put(replacement):
        setattr(module, name, functools.wraps(original)(functools.partial(replacement, original)))
        return replacement

    return put
