"""What a student's code finds under the name ``coursekit`` while it is graded.

``check`` returns the function; what shows something in a notebook does nothing, whichever library
it is from.  References, cases and mistakes are not there to be found.
"""

import importlib.machinery
import sys
import types


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
    "grading",
    "judging",
    "nn",
    "reference",
}


class Quiet:
    """Stands for what only shows something: plots, pictures, widgets.  Using it does nothing."""

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return subplots if name == "subplots" else self

    def __call__(self, *inputs, **_):
        decorated = len(inputs) == 1 and isinstance(inputs[0], types.FunctionType)
        return inputs[0] if decorated else self

    def __getitem__(self, _):
        return self

    def __setattr__(self, name, value):
        pass

    __setitem__ = __setattr__

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def subplots(nrows=1, ncols=1, **_):
    """Stand for the plotting function whose result is taken apart."""
    import numpy

    axes = numpy.empty(nrows * ncols, object)
    for number in range(axes.size):
        axes[number] = Quiet()
    return Quiet(), axes.reshape(nrows, ncols).squeeze() if axes.size > 1 else axes[0]


class Bar(Quiet):
    """Stands for a progress bar: what it runs over, and no picture."""

    def __init__(self, items=(), *_, **__):
        object.__setattr__(self, "_items", items)

    def __iter__(self):
        return iter(object.__getattribute__(self, "_items"))

    def __len__(self):
        return len(object.__getattribute__(self, "_items"))


SHOWING = {"IPython", "anywidget", "ipywidgets", "matplotlib", "plotly", "seaborn", "tqdm"}
BARS = {"tqdm": Bar, "tqdm_notebook": Bar, "trange": lambda *steps, **_: Bar(range(*steps))}


class Silence(types.ModuleType):
    """A module of a library that only shows something."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        root = self.__name__.partition(".")[0]
        if root == "tqdm" and name in BARS:
            return BARS[name]
        return subplots if name == "subplots" else Quiet()


class Finder:
    """Finds those libraries; it comes last, so a library that is there is itself."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in SHOWING or name.startswith(QUIET_HERE):
            return importlib.machinery.ModuleSpec(name, Finder, is_package=True)
        return None

    @staticmethod
    def create_module(spec):
        return Silence(spec.name)

    @staticmethod
    def exec_module(module):
        pass


QUIET_HERE = ("coursekit.plots", "coursekit.explorers")
sys.meta_path.append(Finder)


def __getattr__(name):
    if f"coursekit.{name}" in QUIET_HERE:
        return Quiet()
    if name not in ABSENT:
        raise AttributeError(f"module 'coursekit' has no attribute {name!r}")
    return Absent(f"coursekit.{name}")
