"""The layers of ``coursekit.nn`` against PyTorch and other NumPy ways: time as ratios.

    python -m benchmarks.layers               the whole table, a minute or two
    python -m benchmarks.layers --quick       small shapes, few rounds: does it run?
    python -m benchmarks.layers --json FILE   also write the numbers

Below 1 is faster than PyTorch on one thread.  Needs the extra ``oracle`` (PyTorch).
"""

import argparse
import json
import math

import numpy as np

from coursekit import nn

from .peers import PEERS
from .timing import compare, gemm_peak, machine, settle_allocator

#            N,  C,  H,  W    F   K  stride padding groups
SHAPES = [
    ((64, 16, 28, 28), 32, 3, 1, 1, 1),
    ((100, 3, 31, 31), 25, 3, 2, 1, 1),
    ((32, 64, 32, 32), 64, 3, 1, 1, 1),
    ((32, 64, 32, 32), 128, 1, 1, 0, 1),
    ((32, 32, 56, 56), 64, 3, 2, 1, 1),
    ((32, 64, 32, 32), 64, 3, 1, 1, 64),
]
QUICK = [((2, *shape[1:2], 9, 10), *rest) for shape, *rest in SHAPES]


def label(x_shape, filters, kernel, stride, padding, groups):
    kind = "depthwise " if groups > 1 else ""
    return f"{kind}{x_shape} → {filters}, {kernel}×{kernel}, stride {stride}, padding {padding}"


def drawn(*shapes):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def both_ways(layer, x, dout):
    """A training step's share of one layer."""

    def run():
        layer.forward(x, training=True)
        layer.backward(dout)

    return run


def torch_both_ways(function, tensors, dout):
    import torch

    def run():
        return torch.autograd.grad(function(*tensors), tensors, dout)

    return run


def convolution(shape, rounds, peers=True):
    """Ratios to PyTorch of one convolution: ours forward, both ways, and each peer both ways."""
    import torch

    x_shape, filters, kernel, stride, padding, groups = shape
    layer = nn.Conv2d(x_shape[1], filters, kernel, stride, padding, groups=groups, seed=0)
    (x,) = drawn(x_shape)
    (dout,) = drawn(layer.output_shape(x_shape))
    w, b = layer.parameters["w"], layer.parameters["b"]
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, w, b)]

    def theirs(x, w, b):
        return torch.nn.functional.conv2d(x, w, b, stride, padding, 1, groups)

    def their_forward():
        with torch.no_grad():
            return theirs(*tensors)

    forward = compare({"PyTorch": their_forward, "coursekit": lambda: layer.forward(x)}, rounds)
    contenders = {
        "PyTorch": torch_both_ways(theirs, tensors, torch.tensor(dout)),
        "coursekit": both_ways(layer, x, dout),
    }
    if peers and groups == 1:
        for name, peer in PEERS.items():
            contenders[name] = lambda peer=peer: peer(x, w, b, dout, stride, padding)
        contenders.update(jax_peer(x, w, dout, stride, padding))
    both = compare(contenders, rounds)
    work = 3 * layer.multiply_adds(x_shape) * x_shape[0]
    return {
        "shape": label(*shape),
        "method": layer.method(x_shape),
        "forward": forward["coursekit"][1],
        "both": {name: ratio for name, (_, ratio) in both.items()},
        "milliseconds": 1e3 * both["coursekit"][0],
        "multiply_adds_per_second": work / both["coursekit"][0],
    }


def jax_peer(x, w, dout, stride, padding):
    """JAX's convolution, compiled, if it is installed."""
    try:
        import jax
    except ImportError:
        return {}

    def convolve(x, w):
        return jax.lax.conv(x, w, (stride, stride), [(padding, padding)] * 2)

    @jax.jit
    def run(x, w, dout):
        out, back = jax.vjp(convolve, x, w)
        return out, back(dout)

    arrays = [jax.numpy.asarray(a) for a in (x, w, dout)]
    return {"JAX": lambda: jax.block_until_ready(run(*arrays))}


def other_layers(rounds, n=32):
    """Ratios to PyTorch, both ways, of pooling, batch norm and the loss."""
    import torch

    functional = torch.nn.functional
    x, images, logits = drawn((n, 32, 28, 28), (n, 32, 32, 32), (32 * n, 10))
    labels = np.random.default_rng(0).integers(0, 10, 32 * n)
    norm, ones, zeros = nn.BatchNorm2d(32), torch.ones(32), torch.zeros(32)
    loss, targets = nn.SoftmaxCrossEntropy(), torch.tensor(labels)

    def both_ways_of_loss():
        loss.forward(logits, labels)
        loss.backward()

    ones.requires_grad_(), zeros.requires_grad_()
    pooled = drawn((n, 32, 16, 16))[0]
    pairs = {
        f"max pooling 2×2, {images.shape}": (
            both_ways(nn.MaxPool2d(2), images, pooled),
            lambda t: functional.max_pool2d(t, 2),
            [images],
            pooled,
        ),
        f"batch norm, training, {x.shape}": (
            both_ways(norm, x, x),
            lambda t, g, b: functional.batch_norm(
                t, torch.zeros(32), torch.ones(32), g, b, training=True
            ),
            [x, ones, zeros],
            x,
        ),
        f"softmax cross-entropy, {logits.shape}": (
            both_ways_of_loss,
            lambda t: functional.cross_entropy(t, targets),
            [logits],
            np.float32(1),
        ),
    }
    results = {}
    for name, (ours, theirs, inputs, dout) in pairs.items():
        tensors = [a if torch.is_tensor(a) else torch.tensor(a, requires_grad=True) for a in inputs]
        their_run = torch_both_ways(theirs, tensors, torch.tensor(dout))
        results[name] = compare({"PyTorch": their_run, "coursekit": ours}, rounds)["coursekit"][1]
    return results


def small_network_epoch(rounds, samples=1024, batch=64):
    """Ratio to PyTorch of one epoch: conv, pool, conv, pool, dense, with momentum."""
    import torch

    x, y = drawn((samples, 1, 28, 28))[0], np.random.default_rng(1).integers(0, 10, samples)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 10),
        seed=0,
    )
    optimizer = nn.SGD(0.01, momentum=0.9)

    def ours():
        nn.fit(model, x, y, epochs=1, batch_size=batch, optimizer=optimizer, progress=False)

    layers = torch.nn
    twin = layers.Sequential(
        layers.Conv2d(1, 16, 3, padding=1),
        layers.ReLU(),
        layers.MaxPool2d(2),
        layers.Conv2d(16, 32, 3, padding=1),
        layers.ReLU(),
        layers.MaxPool2d(2),
        layers.Flatten(),
        layers.Linear(32 * 7 * 7, 10),
    )
    twin_optimizer = torch.optim.SGD(twin.parameters(), 0.01, momentum=0.9)
    tx, ty = torch.tensor(x), torch.tensor(y)

    def theirs():
        right = 0
        for places in torch.randperm(samples).split(batch):
            logits = twin(tx[places])
            value = layers.functional.cross_entropy(logits, ty[places])
            right += int((logits.argmax(1) == ty[places]).sum())
            twin_optimizer.zero_grad()
            value.backward()
            twin_optimizer.step()

    return compare({"PyTorch": theirs, "coursekit": ours}, rounds)["coursekit"][1]


def measure(quick=False, rounds=9, peers=True, settled=False):
    """Everything, as a dict of plain numbers and texts."""
    import torch

    torch.set_num_threads(1)
    if settled:
        settle_allocator()
    rounds = 1 if quick else rounds
    results = {
        "machine": [*machine(), f"PyTorch {torch.__version__}, 1 thread"],
        "gemm": gemm_peak(64 if quick else 1024),
        "convolutions": [convolution(s, rounds, peers) for s in (QUICK if quick else SHAPES)],
        "others": other_layers(rounds, 2 if quick else 32),
        "epoch": small_network_epoch(rounds, *((8, 4) if quick else ())),
    }
    ours = [c["both"]["coursekit"] for c in results["convolutions"][:5]]
    results["geometric_mean"] = math.prod(ours) ** (1 / len(ours))
    return results


def table(results):
    """The results as text."""
    lines = [*results["machine"], f"NumPy's matrix product: {results['gemm'] / 1e9:.0f} G/s", ""]
    lines.append("Time, PyTorch = 1; both = forward + backward; GEMM = multiply-adds a second,")
    lines.append("counted for direct sums, as a share of NumPy's own matrix product.")
    lines += ["", f"{'forward':>8}{'both':>7}{'GEMM':>6}  convolution"]
    for c in results["convolutions"]:
        share = c["multiply_adds_per_second"] / results["gemm"]
        lines.append(
            f"{c['forward']:8.2f}{c['both']['coursekit']:7.2f}{share:6.0%}  "
            f"{c['shape']} ({c['method']})"
        )
        peers = {k: v for k, v in c["both"].items() if k not in ("PyTorch", "coursekit")}
        lines += [f"{'':8}{ratio:7.2f}{'':6}    {name}" for name, ratio in peers.items()]
    lines.append(f"{'':8}{results['geometric_mean']:7.2f}{'':6}  geometric mean of the first five")
    lines += [f"{'':8}{ratio:7.2f}{'':6}  {name}" for name, ratio in results["others"].items()]
    lines.append(f"{'':8}{results['epoch']:7.2f}{'':6}  one epoch: conv, pool, conv, pool, dense")
    return "\n".join(lines)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.layers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="small shapes, one round")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each contender")
    parser.add_argument("--no-peers", action="store_true", help="only PyTorch to compare with")
    parser.add_argument("--json", metavar="FILE", help="also write the numbers there")
    parser.add_argument(
        "--settled",
        action="store_true",
        help="first let the allocator keep large blocks, as in a process that has run for long: "
        "steadier, and PyTorch gains most from it",
    )
    options = parser.parse_args(arguments)
    results = measure(options.quick, options.rounds, not options.no_peers, options.settled)
    print(table(results))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
