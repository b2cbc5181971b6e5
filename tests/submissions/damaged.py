"""Notebooks in every state: each maps to what the four exercises of lesson 00 must be worth.

``FULL``: an honest right answer gets its full points, whatever happened to the file.
``UNREADABLE``: nothing can be graded, and the reason holds the words given.
"""

# ruff: noqa: E501, RUF028 - programs inside texts

import json

from tests.submissions.notebooks import PREAMBLE, RIGHT, code, lesson, notebook

ANSWERS = list(RIGHT.values())
STUB = '''@check
def shift_image(image, dy, dx):
    """Move an image."""
    raise NotImplementedError'''
WRONG = "@check\ndef shift_image(image, dy, dx):\n    return image"
HELPED = """@check
def shift_image(image, dy, dx):
    result = np.zeros_like(image)
    fill(result, image, dy, dx)
    return result"""
HELPER = """def fill(result, image, dy, dx):
    for y, x in places(*image.shape[:2]):
        if inside(y + dy, x + dx, image):
            result[y + dy, x + dx] = image[y, x]

inside = lambda y, x, image: 0 <= y < image.shape[0] and 0 <= x < image.shape[1]"""
PLACES = (
    "from itertools import product\n\ndef places(h, w):\n    return product(range(h), range(w))"
)


def version_3():
    cells = [
        {"cell_type": "code", "language": "python", "input": text.splitlines(True), "outputs": [],
         "collapsed": False, "metadata": {}}
        for text in (PREAMBLE, *ANSWERS)
    ]  # fmt: skip
    sheet = {"cells": cells, "metadata": {}}
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "worksheets": [sheet]}).encode()


def with_cells(change):
    content = json.loads(lesson())
    change(content["cells"])
    return json.dumps(content).encode()


def retype(kind):
    def change(cells):
        for cell in cells[1:]:
            cell["cell_type"] = kind

    return with_cells(change)


def strip(cells):
    for cell in cells:
        for key in ("metadata", "outputs", "execution_count"):
            del cell[key]


FULL = {
    "as it should be": lesson(),
    "format 3": version_3(),
    "lines as lists": with_cells(
        lambda cells: [cell.update(source=cell["source"].splitlines(True)) for cell in cells]
    ),
    "no metadata": with_cells(strip),
    "cells in reverse": with_cells(lambda cells: cells.reverse()),
    "imports at the end": with_cells(lambda cells: cells.append(cells.pop(0))),
    "every cell twice": with_cells(lambda cells: cells.extend(list(cells))),
    "code cells turned raw": retype("raw"),
    "code cells turned to text": retype("markdown"),
    "code cells of a kind that nobody knows": with_cells(
        lambda cells: [cell.update(cell_type="heading") for cell in cells[1:]]
    ),
    "cell types gone": with_cells(lambda cells: [cell.pop("cell_type") for cell in cells]),
    "answers fenced in text": notebook(
        PREAMBLE,
        *({"cell_type": "markdown", "source": f"My answer:\n```python\n{text}\n```\nGood?"}
          for text in ANSWERS),
    ),  # fmt: skip
    "all in one cell": notebook("\n\n".join([PREAMBLE, *ANSWERS])),
    "no imports but numpy": notebook("import numpy as np", *(a.replace("@check\n", "") for a in ANSWERS)),
    "the package under another name": notebook(
        "import numpy as np\nimport coursekit as ck",
        *(a.replace("@check", "@ck.check") for a in ANSWERS),
    ),
    "star imports": notebook(
        "from numpy import *\nimport numpy as np\nfrom coursekit import *\n"
        "from coursekit.reference import *\nfrom coursekit import check",
        *ANSWERS,
    ),
    "imports of what grading lacks": notebook(
        "import numpy as np, matplotlib.pyplot as plt\n"
        "from coursekit import check, data, hint, progress, nn\n"
        "from coursekit.plots import images as plots\nimport pandas",
        "photo = data.photo('chelsea')\nsmall = photo[::4, ::4]\n_ = plots.picture(photo)",
        *ANSWERS,
        "plt.show()\nprogress()\nhint(shift_image)",
    ),
    "magics and shell lines": notebook(
        "%matplotlib inline\n%load_ext autoreload\n!pip install numpy\n" + PREAMBLE,
        "%%time\n" + ANSWERS[0],
        "files = !ls\n?np.zeros\nnp.zeros?\n" + ANSWERS[1],
        "%%bash\nrm -rf /",
        "%%html\n<b>def shift_image</b>",
        "%%timeit -n 1\n" + ANSWERS[2],
        "where = %pwd\nif True:\n    %time x = 1\n" + ANSWERS[3],
    ),
    "a magic inside a text": notebook(
        PREAMBLE, *ANSWERS[:3], 'NOTE = """\n%matplotlib inline\n!ls\n"""\n' + ANSWERS[3]
    ),
    "helpers in other cells": notebook(PREAMBLE, *ANSWERS[:3], HELPED, HELPER, PLACES),
    "helpers before and after": notebook(PLACES, HELPED, PREAMBLE, *ANSWERS[:3], HELPER),
    "a helper in a retyped cell": notebook(
        PREAMBLE, *ANSWERS[:3], HELPED, HELPER, {"cell_type": "raw", "source": PLACES}
    ),
    "constants built step by step": notebook(
        PREAMBLE,
        *ANSWERS[:2],
        "TABLE = []\nTABLE.append(1)\nSUM = {}\nfor i in range(3):\n    SUM[i] = i",
        "@check\ndef dense_parameters(height, width, channels, units):\n"
        "    return (height * width * channels + TABLE[0]) * units * SUM[1]",
        ANSWERS[3],
    ),
    "a right answer, then the stub again": notebook(PREAMBLE, *ANSWERS, STUB),
    "a wrong answer, then the right one": notebook(PREAMBLE, WRONG, *ANSWERS),
    "the right one, then a cell that is no Python": notebook(
        PREAMBLE, *ANSWERS, "def shift_image(image, dy, dx:\n    return"
    ),
    "broken cells in between": notebook(
        PREAMBLE, "this is no python", ANSWERS[0], "x = (", *ANSWERS[1:], "\tfoo\n  bar"
    ),
    "an old attempt in a raw cell": notebook(
        PREAMBLE, *ANSWERS, {"cell_type": "raw", "source": WRONG}
    ),
    "a cell that loops for ever": notebook(PREAMBLE, "while True: pass", *ANSWERS),
    "top-level names like local ones": notebook(
        PREAMBLE,
        "image = open('missing.png')\nresult = image.read()\ny = x = height = width = 1 / 0",
        *ANSWERS,
    ),
    "results under the exercise's own name": notebook(
        PREAMBLE, *ANSWERS, "scale_to_unit = scale_to_unit(np.zeros(3, np.uint8))"
    ),
    "defined under an if": notebook(
        PREAMBLE, *ANSWERS[:3], "if True:\n" + "\n".join(f"    {x}" for x in ANSWERS[3].split("\n"))
    ),
    "a lambda": notebook(PREAMBLE, "scale_to_unit = lambda image: image / 255", *ANSWERS[1:]),
    "under another name first": notebook(
        PREAMBLE, *ANSWERS[:3], ANSWERS[3].replace("@check\ndef shift_image", "def mine"),
        "shift_image = mine",
    ),
    "a class to help": notebook(
        PREAMBLE, "class Unit:\n    most: int = 255\n", *ANSWERS[1:],
        "@check\ndef scale_to_unit(image):\n    return image / Unit().most",
    ),
    "annotations of the future": notebook(
        "from __future__ import annotations\n" + PREAMBLE,
        ANSWERS[0].replace("(image)", "(image: Missing) -> Array"), *ANSWERS[1:],
    ),
    "two statements on a line": notebook(
        "import numpy as np; from coursekit import check; K = 255; L = K", *ANSWERS[1:],
        "A = 1; scale_to_unit = lambda image: image / L; B = 2",
    ),
    "Windows' line ends": notebook(*(text.replace("\n", "\r\n") for text in (PREAMBLE, *ANSWERS))),
    "a byte order mark": b"\xef\xbb\xbf" + lesson(),
    "UTF-16": lesson().decode().encode("utf-16"),
    "Latin-1 in a comment": lesson().replace(b"return image / 255", b"return image / 255  # gr\xf6\xdfe"),
    "Cyrillic in code page 1251": json.dumps(
        json.loads(lesson(scale_to_unit="# Моё решение\n" + RIGHT["scale_to_unit"])), ensure_ascii=False
    ).encode("cp1251"),
    "Cyrillic names": lesson(
        scale_to_unit="НАИБОЛЬШЕЕ = 255\ndef scale_to_unit(image):\n    return image / НАИБОЛЬШЕЕ"
    ),
    "half a surrogate": lesson().replace(b"import numpy as np", b"s = '\\ud800'\\nimport numpy as np"),
    "control characters": lesson().replace(b"import numpy as np", b"\\f\\u0000import numpy as np"),
    "raw tabs and line ends in texts": lesson().replace(b"\\n", b"\n"),
    "much output": notebook(
        *(code(text) | {"outputs": [{"output_type": "stream", "text": ["x" * 1000] * 2000}]}
          for text in (PREAMBLE, *ANSWERS))
    ),
    "cells that are no cells": with_cells(
        lambda cells: cells.extend([None, 7, "x", [], {}, {"source": 5}, {"source": [1, None]},
                                    {"cell_type": 3, "source": "x"}, {"cell_type": "code"}])
    ),
    "a table filled by a loop": notebook(
        PREAMBLE, "MOST = []\nfor i in range(256):\n    MOST.append(i)", *ANSWERS[1:],
        "def scale_to_unit(image):\n    return image / MOST[-1]",
    ),
    "a table filled row by row": notebook(
        PREAMBLE, "MOST = [[], []]\nfor row in MOST:\n    row.append(255)", *ANSWERS[1:],
        "def scale_to_unit(image):\n    return image / MOST[1][0]",
    ),
    "a table filled in a comprehension": notebook(
        PREAMBLE, "MOST = []\n_ = [MOST.append(i) for i in range(256)]", *ANSWERS[1:],
        "def scale_to_unit(image):\n    return image / MOST[255]",
    ),
    "a heap and an array changed in place": notebook(
        PREAMBLE, "import heapq\nQUEUE = [300, 400]\nheapq.heapify(QUEUE)\nheapq.heappush(QUEUE, 255)",
        "ONES = np.zeros(1)\nnp.add.at(ONES, [0], 1)\nTWO = np.empty(1)\nnp.multiply(ONES, 2, out=TWO)",
        *ANSWERS[1:], "def scale_to_unit(image):\n    return image / QUEUE[0] * ONES[0] * TWO[0] / 2",
    ),
    "a table filled by the student's own function": notebook(
        PREAMBLE, "MOST = {}\ndef fill(table, most):\n    table['most'] = most",
        "fill(MOST, 255)", *ANSWERS[1:],
        "def scale_to_unit(image):\n    return image / MOST['most']",
    ),
    "a global set by a function": notebook(
        PREAMBLE, "def inner():\n    global MOST\n    MOST = 255\ndef setup():\n    inner()", "setup()",
        *ANSWERS[1:], "def scale_to_unit(image):\n    return image / MOST",
    ),
    "a decorator from another cell": notebook(
        PREAMBLE, *ANSWERS[1:], "@check\n@twice\ndef scale_to_unit(image):\n    return image / 510",
        "import functools\ndef twice(function):\n    @functools.wraps(function)\n"
        "    def inner(*inputs):\n        return 2 * function(*inputs)\n    return inner",
    ),
    "a decorator that registers": notebook(
        PREAMBLE, "TOOLS = {}\ndef tool(function):\n    TOOLS[function.__name__] = function\n"
        "    return function", "@tool\ndef unit(image):\n    return image / 255", *ANSWERS[1:],
        "def scale_to_unit(image):\n    return TOOLS['unit'](image)",
    ),
    "a global that the answer counts up": notebook(
        PREAMBLE, "calls = 0", *ANSWERS[1:],
        "def scale_to_unit(image):\n    global calls\n    calls += 1\n    return image / 255",
    ),
    "a constant counted up": notebook(
        PREAMBLE, "K = 200", "K += 50", "K += 5", *ANSWERS[1:],
        "def scale_to_unit(image):\n    return image / K",
    ),
    "magics over several lines": notebook(
        "!pip install \\\n  numpy \\\n  tqdm\n" + PREAMBLE,
        "%timeit -n 1 \\\n  x = 1\n" + ANSWERS[0], "files = !ls \\\n  -l\n" + ANSWERS[1],
        "%%prun -q\n" + ANSWERS[2], "%%memit\n" + ANSWERS[3],
    ),
    "no import cell": notebook(*ANSWERS, "hint(shift_image)\nprogress()"),
    "no import cell, and pictures": notebook(
        *ANSWERS[1:],
        "def scale_to_unit(image):\n    display(image)\n    plt.imshow(image)\n    plt.show()\n"
        "    for _ in tqdm(range(3)):\n        hint(scale_to_unit)\n    return np.divide(image, 255)",
    ),
    "pictures in an answer": notebook(
        PREAMBLE, "import matplotlib.pyplot as plt\nfrom tqdm.notebook import tqdm\n"
        "from IPython.display import display, HTML\nimport ipywidgets as widgets", *ANSWERS[1:],
        "def scale_to_unit(image):\n    from coursekit.plots import images\n    images.picture(image)\n"
        "    fig, (left, right) = plt.subplots(1, 2)\n    left.imshow(image)\n    right.set_title('x')\n"
        "    display(HTML('<b>'), widgets.IntSlider())\n    bar = tqdm(total=3)\n    bar.update(1)\n"
        "    for _ in tqdm([1, 2], desc='x'):\n        plt.figure(figsize=(3, 3))\n    return image / 255",
    ),
    "named groups of keys": lesson().replace(b'"nbformat": 4', b'"nbformat": 4, "cells2": NaN'),
}  # fmt: skip

UNREADABLE = {
    "nothing": (b"", "empty"),
    "blanks": (b" \n ", "empty"),
    "cut short": (lesson()[:500], "no valid JSON"),
    "no JSON": (b"print('hello')", "no valid JSON"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no valid JSON"),
    "a zip": (b"PK\x03\x04" + bytes(100), "no valid JSON"),
    "a merge": (b"<<<<<<< HEAD\n" + lesson(), "no valid JSON"),
    "a list": (b"[]", "a JSON list"),
    "a number": (b"5", "a JSON int"),
    "null": (b"null", "a JSON NoneType"),
    "no cells": (b'{"nbformat": 4}', "no cells"),
    "cells that are no list": (b'{"cells": {"a": 1}}', "no cells"),
    "an empty notebook": (notebook(), "no exercise of the course"),
    "another course": (notebook("def hello(): pass"), "no exercise of the course"),
    "nested without end": (b"[" * 10**6, "nested too deeply"),
    "nested objects": (b'{"a":' * 10**5 + b"1" + b"}" * 10**5, "nested too deeply"),
    "a number without end": (b'{"cells": ' + b"9" * 10**5 + b"}", "no valid JSON"),
    "too many cells": (b'{"cells": [' + b"{}," * 20_000 + b"{}]}", "20001 cells"),
    "too many values": (b'{"cells": [' + b"[]," * 3_000_000 + b"[]]}", "more than 4000000 values"),
    "too much code": (notebook("x = 1\n" * 600_000), "2 MB of code"),
    "too many statements": (notebook("x=1\n" * 21_000), "20000 statements"),
}

ONE_BROKEN = {
    "parentheses": "(" * 5000,
    "minus signs": "x = " + "-" * 50_000 + "1",
    "a long sum": "x = " + "+".join(["1"] * 20_000),
    "a long chain": "x = a" + ".b" * 20_000,
    "indented for ever": "".join(" " * n + "if 1:\n" for n in range(120)),
    "a number": "x = " + "9" * 10_000,
    "null bytes and friends": "\x00\x01\x02 x = \x03",
}
