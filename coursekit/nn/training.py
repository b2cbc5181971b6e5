"""Training: epochs of mini-batches, watched on data that is not learned from."""

import time
from dataclasses import dataclass, field
from numbers import Real

import numpy as np

from coursekit.reference import input_checks as check

from .layer import Layer
from .losses import SoftmaxCrossEntropy
from .optimizers import Adam


@dataclass
class History:
    """What ``fit`` saw, one number an epoch; the validation lists are empty without validation.

    ``best_epoch`` counts from 0: the epoch whose weights the model holds at the end.
    """

    loss: list = field(default_factory=list)
    accuracy: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    validation_accuracy: list = field(default_factory=list)
    best_epoch: int | None = None
    stopped_early: bool = False
    seconds: float = 0.0


def fit(
    model,
    x,
    y,
    *,
    loss=None,
    optimizer=None,
    epochs=10,
    batch_size=32,
    validation=None,
    patience=None,
    schedule=None,
    augment=None,
    seed=0,
    progress=True,
):
    """Train ``model`` on x (N, …) and y (N, …); returns a ``History``.

    Each epoch goes through all samples once, in a new order.  With ``validation``, the epoch
    of the lowest validation loss wins: a copy of its weights is kept, and stands in the model
    at the end.

    Args:
        loss: ``SoftmaxCrossEntropy()`` by default.
        optimizer: ``Adam()`` by default.
        validation: a pair (x, y), or the share of the samples to keep for it, in (0, 1).
        patience: stop after this many epochs without a lower validation loss; None never stops.
        schedule: ``schedule(epoch)`` gives the learning rate of each epoch, counted from 0.
        augment: ``augment(x, y, rng)`` gives the batch to learn from in place of (x, y).
        seed: of the order of the samples and of ``augment``.  Weights and dropout have the
            seed of ``Sequential(…, seed=)``: with both, a run can be repeated exactly.
        progress: whether to show a progress bar.

    Raises:
        ValueError: if x and y differ in length, an option is out of range, or the loss is no
            longer a finite number (a learning rate that is too large).
    """
    loss = SoftmaxCrossEntropy() if loss is None else loss
    optimizer = Adam() if optimizer is None else optimizer
    _check_options(loss, optimizer, epochs, batch_size, validation, patience, schedule, augment)
    x, y = _samples(model, x, y)
    rng = np.random.default_rng(seed)
    if isinstance(validation, Real):
        x, y, validation = _split(x, y, validation, rng)
    elif validation is not None:
        validation = _samples(model, *validation, "validation x", "validation y")

    history, best = History(), (np.inf, None)
    started = time.perf_counter()
    with _bar(progress, epochs * -(-len(x) // batch_size)) as bar:
        for epoch in range(epochs):
            if schedule is not None:
                optimizer.learning_rate = schedule(epoch)
                check.at_least_zero(f"schedule({epoch})", optimizer.learning_rate)
            value, accuracy = _epoch(
                model, x, y, loss, optimizer, batch_size, augment, rng, bar, epoch
            )
            history.loss.append(value)
            history.accuracy.append(accuracy)
            if validation is not None:
                value, accuracy = evaluate(model, *validation, loss=loss)
                history.validation_loss.append(value)
                history.validation_accuracy.append(accuracy)
                if value < best[0]:
                    best, history.best_epoch = (value, model.state()), epoch
            bar.set_postfix(loss=f"{value:.3f}", accuracy=f"{accuracy:.3f}", epoch=epoch + 1)
            if patience is not None and epoch - (history.best_epoch or 0) >= patience:
                history.stopped_early = epoch + 1 < epochs
                break
    if best[1] is not None:
        model.restore(best[1])
    elif epochs:
        history.best_epoch = len(history.loss) - 1
    history.seconds = time.perf_counter() - started
    return history


def evaluate(model, x, y, *, loss=None, batch_size=256):
    """(mean loss, accuracy) of ``model`` on x and y, without training."""
    loss = SoftmaxCrossEntropy() if loss is None else loss
    _made("loss", loss, "forward", "SoftmaxCrossEntropy()")
    x, y = _samples(model, x, y)
    outputs = predict(model, x, batch_size)
    return loss.forward(outputs, y), float(np.mean(loss.correct(outputs, y)))


def predict(model, x, batch_size=256):
    """The model's outputs for x (N, …), without training, ``batch_size`` samples at a time."""
    check.whole("batch_size", batch_size, 1, 1)
    x = _as_model_takes(model, x)
    starts = range(0, len(x), batch_size)
    return np.concatenate([model.forward(x[a : a + batch_size]) for a in starts])


def _epoch(model, x, y, loss, optimizer, batch_size, augment, rng, bar, epoch):
    """One pass over all samples; the mean loss and accuracy while learning."""
    total, right = 0.0, 0
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        batch = order[start : start + batch_size]
        xb, yb = x[batch], y[batch]
        if augment is not None:
            xb, yb = _samples(model, *_pair(augment(xb, yb, rng)), "x from augment", "its y")
        outputs = model.forward(xb, training=True)
        value = loss.forward(outputs, yb)
        if not np.isfinite(value):
            raise ValueError(
                f"the loss is {value} in epoch {epoch + 1}: lower the learning rate "
                f"(now {optimizer.learning_rate}) or look for nan in x"
            )
        model.backward(loss.backward(), input_gradient=False)
        optimizer.step(model.parameters, model.gradients)
        total += value * len(batch)
        right += int(np.sum(loss.correct(outputs, yb)))
        bar.update()
    return total / len(x), right / len(x)


def _as_model_takes(model, x, name="x"):
    """x as an array of the parameters' type, with one sample or more."""
    if not isinstance(model, Layer):
        raise TypeError(f"model must be a layer, a Sequential say, not {model!r}")
    dtype = next((p.dtype for p in model.parameters.values()), np.float32)
    x = np.asarray(x)
    if x.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} must be an array of real numbers, one row a sample, not {x.dtype}"
        )
    if x.ndim == 0 or len(x) == 0:
        raise ValueError(f"{name} has shape {x.shape}: it holds no samples")
    return x.astype(dtype, copy=False)


def _samples(model, x, y, x_name="x", y_name="y"):
    """x and y as arrays with one row for each sample."""
    x, y = _as_model_takes(model, x, x_name), np.asarray(y)
    if y.ndim == 0 or len(x) != len(y):
        raise ValueError(
            f"{x_name} holds {len(x)} samples, {x.shape}, but {y_name} has shape {y.shape}: "
            f"its first axis must be {len(x)}"
        )
    return x, y


def _split(x, y, share, rng):
    order = rng.permutation(len(x))
    count = max(1, round(share * len(x)))
    if count == len(x):
        raise ValueError(f"validation = {share} of {len(x)} samples leaves none to learn from")
    held, rest = order[:count], order[count:]
    return x[rest], y[rest], (x[held], y[held])


def _pair(made):
    if not isinstance(made, tuple | list) or len(made) != 2:
        raise ValueError(f"augment must return the pair (x, y), not {type(made).__name__}")
    return made


def _made(name, value, method, example):
    """Raise unless ``value`` is an object with ``method``, and not its class."""
    if isinstance(value, type) or not hasattr(value, method):
        raise TypeError(f"{name} must be an object such as {example}, not {value!r}")


def _check_options(loss, optimizer, epochs, batch_size, validation, patience, schedule, augment):
    _made("loss", loss, "forward", "SoftmaxCrossEntropy()")
    _made("optimizer", optimizer, "step", "Adam()")
    check.whole("epochs", epochs, 1)
    check.whole("batch_size", batch_size, 1, 1)
    pair = isinstance(validation, tuple | list) and len(validation) == 2
    share = isinstance(validation, Real) and 0 < validation < 1
    if validation is not None and not pair and not share:
        raise ValueError(
            f"validation must be a share in (0, 1) or a pair (x, y), not {validation!r}"
        )
    if patience is not None:
        check.whole("patience", patience, 1, 1)
        if validation is None:
            raise ValueError("patience needs validation= to watch")
    for name, function in (("schedule", schedule), ("augment", augment)):
        if function is not None:
            check.function(name, function)


class _NoBar:
    """Stands in for the progress bar."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    def update(self):
        pass

    def set_postfix(self, **values):
        pass


def _bar(progress, steps):
    if not progress:
        return _NoBar()
    from tqdm.auto import tqdm

    return tqdm(total=steps, unit="batch")
