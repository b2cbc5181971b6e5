"""What holds for all tests: the kernels of nbval, and the order.

The kernels are reached by socket files of their own, as those that build notebooks.
"""

import functools
import tempfile

import nbval.kernel
import pytest

from coursekit.build import own_sockets


def pytest_configure(config):
    """Give nbval's kernels their settings; it has no option for them.

    Without it, a run lost a port to another program now and then.
    """
    folder = tempfile.TemporaryDirectory(prefix="nbval-")
    config.add_cleanup(folder.cleanup)
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    start = nbval.kernel.KernelManager

    @functools.wraps(start)
    def manager(**options):
        return start(**options, **own_sockets(tempfile.mkdtemp(dir=folder.name)))

    patch.setattr(nbval.kernel, "KernelManager", manager)


LONGEST = ("tests/browser/", "tests/test_build.py::TestSolved", "notebooks/")


def pytest_collection_modifyitems(items):
    """Begin with what takes longest: at the end no process is left alone with it."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
