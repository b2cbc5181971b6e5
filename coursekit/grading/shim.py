"""What a student's code finds under the name ``coursekit`` while it is graded.

``check`` returns the function; what shows something in a notebook does nothing.  References,
cases and mistakes are not there to be found.
"""


def check(function):
    return function


def hint(*_, **__):
    pass


solution = progress = predict = quiz = spot_the_bug = hint


class Absent:
    """Stands for a module that grading does not have: any use of it says so."""

    def __init__(self, name):
        object.__setattr__(self, "_name", name)

    def _refuse(self, *_, **__):
        name = object.__getattribute__(self, "_name")
        raise ImportError(f"{name} is not there while answers are graded; NumPy is")

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        self._refuse()

    __call__ = __getitem__ = __setattr__ = __iter__ = __len__ = __add__ = __mul__ = _refuse


ABSENT = {
    "comparing",
    "data",
    "detecting",
    "exercises",
    "explorers",
    "grading",
    "judging",
    "nn",
    "plots",
    "reference",
}


def __getattr__(name):
    if name not in ABSENT:
        raise AttributeError(f"module 'coursekit' has no attribute {name!r}")
    return Absent(f"coursekit.{name}")
