"""Kernels for tests that do not look at what training comes to."""

import pytest

STARTUP = """
def take_it_lightly():
    from coursekit import detecting
    from coursekit.nn import SoftmaxCrossEntropy, training

    epoch, evaluate = training._epoch, training.evaluate

    def one_batch(model, x, y, loss, optimizer, size, *others):
        if type(loss) is SoftmaxCrossEntropy:
            x, y = x[:size], y[:size]
        return epoch(model, x, y, loss, optimizer, size, *others)

    def few(model, x, y, *, loss):
        if type(loss) is SoftmaxCrossEntropy:
            x, y = x[:64], y[:64]
        return evaluate(model, x, y, loss=loss)

    training._epoch, training.evaluate = one_batch, few
    detecting.train_detector.__kwdefaults__["rounds"] = 2


take_it_lightly()
del take_it_lightly
get_ipython().config.InlineBackend.print_figure_kwargs = {"bbox_inches": None}
"""


@pytest.fixture(scope="session")
def light_training(tmp_path_factory):
    """Return a folder for IPYTHONDIR: each epoch of ``nn.fit`` in its kernels is one batch.

    Figures are drawn once, not once before to see how large they are.  What whole training comes
    to is compared where nbval runs the notebooks.  A detector, which has a loss of its own, learns
    in two rounds: one that has learned nothing finds faces everywhere, and that takes longer.
    """
    folder = tmp_path_factory.mktemp("ipython")
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "light_training.py").write_text(STARTUP)
    return str(folder)
