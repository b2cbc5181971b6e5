"""The layers of ``coursekit.nn`` against PyTorch and other NumPy ways: time as ratios.

    python -m benchmarks.layers               the whole table, in about two minutes
    python -m benchmarks.layers --quick       small shapes, one round: does it run?
    python -m benchmarks.layers --json FILE   also write the numbers

Below 1 is faster than PyTorch.  Needs the extra ``oracle`` (PyTorch).

Conditions: float32; one thread each; turns are taken round by round, and CPU time is counted.
Each side picks its own kernels: the measurement runs in a child process without the
environment variables that would hold one side to other ones.

Everything is measured twice, each time in a process of its own, because it counts what the
allocator does with large blocks.  A process that has just begun gives them back to the system,
so that every new array costs page faults: "fresh".  One that has trained for a while keeps
them: "settled".  Layers that reuse their arrays gain less there.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

import numpy as np

from coursekit import nn

from . import THREADS
from .peers import PEERS
from .timing import compare, gemm_peak, machine, settle_allocator

# What holds a library to kernels that it would not pick itself.
KERNEL_CHOICES = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "MKL_ENABLE_INSTRUCTIONS",
)
SET_ASIDE = "COURSEKIT_BENCHMARK_SET_ASIDE"  # tells the child what the parent took away

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
        "forward": forward["coursekit"].ratio,
        "both": {name: timing.ratio for name, timing in both.items()},
        "quickest": both["coursekit"].quickest,
        "milliseconds": 1e3 * both["coursekit"].seconds,
        "multiply_adds_per_second": work / both["coursekit"].seconds,
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
    """``Timing`` beside PyTorch, both ways, of pooling, batch norm and the loss."""
    import torch

    functional = torch.nn.functional
    x, images, pooled = drawn((n, 32, 28, 28), (n, 32, 32, 32), (n, 32, 16, 16))
    running = torch.zeros(32), torch.ones(32)
    cases = {
        f"max pooling 2×2, {images.shape}": (
            both_ways(nn.MaxPool2d(2), images, pooled),
            lambda t: functional.max_pool2d(t, 2),
            [images],
            pooled,
        ),
        f"batch norm, training, {x.shape}": (
            both_ways(nn.BatchNorm2d(32), x, x),
            lambda t, g, b: functional.batch_norm(t, *running, g, b, training=True),
            [x, *(a.astype(np.float32) for a in (np.ones(32), np.zeros(32)))],
            x,
        ),
        **dict(loss_case(4 * n, classes) for classes in (10, 100)),
    }
    results = {}
    for name, (ours, theirs, inputs, dout) in cases.items():
        tensors = [torch.tensor(a, requires_grad=True) for a in inputs]
        their_run = torch_both_ways(theirs, tensors, torch.tensor(dout))
        results[name] = compare({"PyTorch": their_run, "coursekit": ours}, rounds)["coursekit"]
    return results


def loss_case(n, classes):
    import torch

    (logits,) = drawn((n, classes))
    labels = np.random.default_rng(0).integers(0, classes, n)
    loss, targets = nn.SoftmaxCrossEntropy(), torch.tensor(labels)

    def ours():
        loss.forward(logits, labels)
        loss.backward()

    def theirs(t):
        return torch.nn.functional.cross_entropy(t, targets)

    return f"softmax cross-entropy, {logits.shape}", (ours, theirs, [logits], np.float32(1))


def small_network_epoch(rounds, samples=1024, batch=64):
    """``Timing`` beside PyTorch of one epoch: conv, pool, conv, pool, dense, with momentum."""
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

    return compare({"PyTorch": theirs, "coursekit": ours}, rounds)["coursekit"]


def conditions():
    """What was measured on, and how, as lines of text."""
    import torch

    taken = os.environ.get(SET_ASIDE)
    held = [f"{name}={os.environ[name]}" for name in KERNEL_CHOICES if name in os.environ]
    kept = f"kernels held by {', '.join(held)}" if held else "each side picks its own kernels"
    return [
        *machine(),
        f"PyTorch {torch.__version__}, kernels: {torch.backends.cpu.get_cpu_capability()}; "
        f"threads: {torch.get_num_threads()}",
        f"float32; {kept}" + (f" ({taken} set aside)" if taken else ""),
    ]


def measure(quick=False, rounds=9, peers=True, settled=True):
    """Everything, as a dict of plain numbers and texts."""
    import torch

    torch.set_num_threads(1)
    if settled:
        settle_allocator()
    rounds = 1 if quick else rounds
    results = {
        "conditions": conditions(),
        "gemm": gemm_peak(64 if quick else 1024),
        "convolutions": [convolution(s, rounds, peers) for s in (QUICK if quick else SHAPES)],
        "others": other_layers(rounds, 2 if quick else 32),
        "epoch": small_network_epoch(rounds, *((8, 4) if quick else ())),
    }
    five = results["convolutions"][:5]
    results["geometric_mean"] = geometric_mean([c["both"]["coursekit"] for c in five])
    results["geometric_mean_of_quickest"] = geometric_mean([c["quickest"] for c in five])
    return results


def geometric_mean(ratios):
    return math.prod(ratios) ** (1 / len(ratios))


def table(results, fresh):
    """The results as text: of a settled process, and of a fresh one."""

    def line(both, quickest, fresh, text):
        return f"{'':8}{both:7.2f}{quickest:10.2f}{fresh:7.2f}{'':6}  {text}"

    lines = [
        *results["conditions"],
        f"NumPy's matrix product: {results['gemm'] / 1e9:.0f} G multiply-adds/s",
        "",
        "CPU time, PyTorch = 1; forward, and both = forward + backward: median of the rounds'",
        "ratios; quickest: both, by each side's quickest round; all these in a process that has",
        "run for a while; fresh: both, in a process that has just begun; GEMM: multiply-adds a",
        "second, counted for direct sums, as a share of NumPy's own matrix product.",
        "",
        f"{'forward':>8}{'both':>7}{'quickest':>10}{'fresh':>7}{'GEMM':>6}  convolution",
    ]
    for c, f in zip(results["convolutions"], fresh["convolutions"], strict=True):
        share = c["multiply_adds_per_second"] / results["gemm"]
        lines.append(
            f"{c['forward']:8.2f}{c['both']['coursekit']:7.2f}{c['quickest']:10.2f}"
            f"{f['both']['coursekit']:7.2f}{share:6.0%}  {c['shape']} ({c['method']})"
        )
        peers = {k: v for k, v in c["both"].items() if k not in ("PyTorch", "coursekit")}
        lines += [f"{'':8}{ratio:7.2f}{'':23}    {name}" for name, ratio in peers.items()]
    means = results["geometric_mean"], results["geometric_mean_of_quickest"]
    lines.append(line(*means, fresh["geometric_mean"], "geometric mean of the first five"))
    lines += [
        line(ratio, quickest, fresh["others"][name][1], name)
        for name, (_, ratio, quickest) in results["others"].items()
    ]
    _, ratio, quickest = results["epoch"]
    what = "one epoch: conv, pool, conv, pool, dense"
    lines.append(line(ratio, quickest, fresh["epoch"][1], what))
    return "\n".join(lines)


def in_a_child(arguments):
    """The results of ``measure`` where every library picks its own kernels.

    Such choices are read from the environment once, when a library is imported.
    """
    taken = [f"{name}={os.environ[name]}" for name in KERNEL_CHOICES if name in os.environ]
    environment = {k: v for k, v in os.environ.items() if k not in KERNEL_CHOICES}
    environment |= dict.fromkeys(THREADS, "1") | {SET_ASIDE: ", ".join(taken)}
    return child(arguments, environment)


def child(arguments, environment):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "benchmarks.layers", *arguments, "--child", file.name]
        subprocess.run(command, env=environment, check=True)
        return json.load(file)


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
        "--keep-environment",
        action="store_true",
        help="leave the variables that choose kernels, " + ", ".join(KERNEL_CHOICES[:2]) + ", …",
    )
    parser.add_argument("--child", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--fresh", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        results = measure(options.quick, options.rounds, not options.no_peers, not options.fresh)
        return write(options.child, results)
    given = ["--rounds", str(options.rounds), *(["--quick"] if options.quick else [])]
    run = (lambda a: child(a, os.environ)) if options.keep_environment else in_a_child
    results = run([*given, *(["--no-peers"] if options.no_peers else [])])
    results["fresh"] = run([*given, "--no-peers", "--fresh"])
    print(table(results, results["fresh"]))
    if options.json:
        write(options.json, results)
    return 0


def write(path, results):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1)


if __name__ == "__main__":
    sys.exit(main())
