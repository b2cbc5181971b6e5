"""The benchmark runs, and the peers it compares with compute a convolution."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import PEERS
from benchmarks.timing import compare
from coursekit.reference import convolution_backward as reference
from coursekit.reference.convolution import conv2d_forward

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 1), (2, 1), (3, 2)])
def test_peers_compute_the_same(peer, stride, padding):
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(s) for s in ((2, 3, 8, 9), (4, 3, 3, 3), (4,)))
    exact = conv2d_forward(x, w, b, stride, padding)
    dout = rng.standard_normal(exact.shape)
    out, *gradients = peer(x, w, b, dout, stride, padding)
    np.testing.assert_allclose(out, exact, atol=1e-12)
    expected = reference.conv2d_backward(dout, x, w, b, stride, padding)
    for found, value in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(found, value, atol=1e-12)


def test_compare_tells_thrice_the_work():
    result = compare({"once": lambda: sum(range(20000)), "thrice": lambda: sum(range(60000))})
    assert result["once"][1] == 1
    assert 2 < result["thrice"][1] < 4.5
    assert result["thrice"][0] > result["once"][0] > 0


def test_quick_run_prints_the_table_and_writes_only_when_asked(tmp_path):
    pytest.importorskip("torch")

    def run(*arguments):
        command = [sys.executable, "-m", "benchmarks.layers", "--quick", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        ).stdout

    table = run()
    assert list(tmp_path.iterdir()) == []
    for text in ("threads: 1", "NumPy", "PyTorch", "Winograd", "geometric mean", *PEERS):
        assert text in table
    run("--no-peers", "--json", "numbers.json")
    numbers = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    assert len(numbers["convolutions"]) == len(numbers["fresh"]["convolutions"]) == 6
    assert all(c["both"]["coursekit"] > 0 for c in numbers["convolutions"])
    assert numbers["geometric_mean"] > 0
