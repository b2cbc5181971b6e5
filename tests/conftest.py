"""Kernels for tests that do not look at what training comes to."""

import pytest

STARTUP = """
def train_on_one_batch():
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


train_on_one_batch()
del train_on_one_batch
"""


@pytest.fixture(scope="session")
def light_training(tmp_path_factory):
    """Return a folder for IPYTHONDIR: each epoch of ``nn.fit`` in its kernels is one batch.

    What whole training comes to is compared where nbval runs the notebooks.  A detector, which has
    a loss of its own, learns as ever: one that has learned nothing finds faces everywhere, and
    that takes longer.
    """
    folder = tmp_path_factory.mktemp("ipython")
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "light_training.py").write_text(STARTUP)
    return str(folder)
