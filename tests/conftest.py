"""Kernels for tests that do not look at what training comes to."""

import pytest

STARTUP = """
def take_it_lightly():
    from coursekit import detecting
    from coursekit.nn import SoftmaxCrossEntropy, training

    epoch, evaluate = training._epoch, training.evaluate

    def one_small_batch(model, x, y, loss, optimizer, size, *others):
        if type(loss) is SoftmaxCrossEntropy or y.ndim == 4:  # of pictures: a map for each
            x, y = x[:16], y[:16]
        return epoch(model, x, y, loss, optimizer, size, *others)

    def few(model, x, y, *, loss):
        if type(loss) is SoftmaxCrossEntropy:
            x, y = x[:32], y[:32]
        return evaluate(model, x, y, loss=loss)

    training._epoch, training.evaluate = one_small_batch, few
    detecting.train_detector.__kwdefaults__["rounds"] = 2


take_it_lightly()
del take_it_lightly
get_ipython().config.InlineBackend.print_figure_kwargs = {"bbox_inches": None}
"""


def light_kernels(folder, more=""):
    """Write to a folder for IPYTHONDIR what its kernels begin with; give its name.

    Each epoch of ``nn.fit`` is one small batch, and figures are drawn once, not once before to see
    how large they are.  What whole training comes to is compared where nbval runs the notebooks.
    A detector, which has a loss of its own, learns in two rounds: one that has learned nothing
    finds faces everywhere, and that takes longer.
    """
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "light_training.py").write_text(STARTUP + more)
    return str(folder)


@pytest.fixture(scope="session")
def light_training(tmp_path_factory):
    """Give a folder for IPYTHONDIR whose kernels take training lightly."""
    return light_kernels(tmp_path_factory.mktemp("ipython"))
