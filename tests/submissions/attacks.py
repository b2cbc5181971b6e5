"""Hostile answers to ``shift_image``, one behaviour each.

Each says what the grade must be.  An attack that tries to reach something raises ``Reached`` where
it does, and answers rightly where it does not: so its right answer is its proof of failure.
"""

# ruff: noqa: E501 - programs inside texts

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from tests.submissions.notebooks import RIGHT, lesson

HONEST = RIGHT["shift_image"].replace("@check\ndef shift_image", "def honest")
HELPERS = f"""\
import ctypes, gc, os, resource, signal, socket, subprocess, sys, threading, time

class Reached(Exception):
    pass

def reached(what):
    raise Reached("REACHED " + str(what))

def refused(attempt, *errors):
    '''The attempt must fail.'''
    try:
        result = attempt()
    except (OSError, ImportError, ValueError, AttributeError, RuntimeError, *errors):
        return
    reached(result)

libc = ctypes.CDLL(None, use_errno=True)

{HONEST}
"""


@dataclass(frozen=True)
class Attack:
    """What is handed in, and what must come of it.

    Attributes:
        code: the cell; where it defines no ``shift_image``, it is the body of one.
        outcome: the outcome that the grade must have.
        score: the true score: 0, 1, or None for "some of it".
        says: words that the message must hold.
    """

    code: str
    outcome: str
    score: float | None = 0.0
    says: str = ""

    def notebook(self) -> bytes:
        text = textwrap.dedent(self.code).strip()
        if "def shift_image" not in text:
            text = f"def shift_image(image, dy, dx):\n{textwrap.indent(text, '    ')}"
        return lesson(shift_image=f"{HELPERS}\n\n{text}")


def wrong(code, says="", outcome="failed"):
    return Attack(code, outcome, 0.0, says)


def errored(code, says=""):
    return Attack(code, "errored", 0.0, says)


def endless(code):
    return Attack(code, "timed out", 0.0, "no answer within 1 s")


def harmless(code):
    return Attack(f"{textwrap.dedent(code).strip()}\nreturn honest(image, dy, dx)", "passed", 1.0)


ENDLESS = {
    "loop in the function": endless("while True: pass"),
    "loop in a cell that it needs": endless(
        """
        def forever():
            while True: pass
        START = forever()
        def shift_image(image, dy, dx):
            return START
        """
    ),
    "loop in a cell that it does not need": Attack(
        "for _ in iter(int, 1): pass\ndef shift_image(image, dy, dx): return honest(image, dy, dx)",
        *("passed", 1.0),
    ),
    "swallows every exception": endless(
        """
        while True:
            try:
                while True: pass
            except BaseException:
                pass
        """
    ),
    "sleeps": endless("time.sleep(10**6)"),
    "long call in C": endless("return 3 ** (10 ** 9)"),
    "turns the alarm off": endless(
        """
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
        while True: pass
        """
    ),
    "stops itself": endless("os.kill(os.getpid(), signal.SIGSTOP)"),
    "endless only in some cases": Attack(
        "while dx == 0: pass\nreturn honest(image, dy, dx)", "timed out", None
    ),
    "endless iteration": endless(
        """
        class Slow(float):
            def __iter__(self): return self
            def __next__(self): return 1
        for x in Slow(): pass
        """
    ),
}

ENDINGS = {
    "os._exit": errored("os._exit(0)", "exit code 0"),
    "sys.exit": errored("sys.exit(0)", "SystemExit"),
    "exit in a needed cell": errored(
        "X = sys.exit()\ndef shift_image(image, dy, dx): return X", "SystemExit"
    ),
    "exit after the right answers of some cases": Attack(
        "if dx == 0: os._exit(0)\nreturn honest(image, dy, dx)", "errored", None
    ),
    "abort": errored("os.abort()", "an abort"),
    "segmentation fault": errored("ctypes.string_at(0)", "segmentation fault"),
    "recursion": errored(
        "def shift_image(image, dy, dx): return shift_image(image, dy, dx)", "RecursionError"
    ),
    "recursion without a limit": errored(
        """
        sys.setrecursionlimit(10**9)
        deep = []
        for _ in range(10**5): deep = [deep]
        repr(deep)
        """,
        "segmentation fault",
    ),
    "kills itself": errored("os.kill(os.getpid(), signal.SIGKILL)", "the system"),
    "closes every descriptor": errored("os.closerange(0, 64)\nreturn image"),
    "interrupt": errored("raise KeyboardInterrupt"),
    "exception that can't be shown": errored(
        """
        class Evil(Exception):
            def __str__(self): raise SystemExit
            __repr__ = __str__
        raise Evil
        """,
        "Evil",
    ),
    "says that it was not attempted": Attack("raise NotImplementedError", "not attempted", 0.0),
}

RESOURCES = {
    "10 GB": errored("np.ones(10 * 2**30 // 8)", "Unable to allocate"),
    "10 GB in pieces": errored(
        "hoard = []\nwhile True: hoard.append(bytearray(2**24))", "MemoryError"
    ),
    "10 GB in small objects": Attack(
        "hoard = []\nwhile True: hoard.append([0] * 1000)", "errored", 0.0
    ),
    "10 GB behind mmap": harmless(
        """
        import mmap
        def grow():
            maps = [mmap.mmap(-1, 2**28) for _ in range(40)]
            return len(maps)
        refused(grow, MemoryError)
        """
    ),
    "memory without a name": harmless("refused(lambda: os.memfd_create('x'))"),
    "shared memory": harmless(
        "refused(lambda: 1 / (libc.shmget(0, 2**28, 0o1600) >= 0), ZeroDivisionError)"
    ),
    "fills the scratch folder": harmless(
        """
        def fill():
            for number in range(40):
                with open(f"f{number}", "wb") as file: file.write(bytes(2**20))
            return "40 MB"
        refused(fill)
        """
    ),
    "ten thousand files": harmless(
        "refused(lambda: [open(f'f{n}', 'x').close() for n in range(10_000)])"
    ),
    "leaves thousands of nested folders": harmless(
        """
        def nest():
            for _ in range(2000):
                os.mkdir("d"); os.chdir("d")
            return "2000 folders"
        refused(nest)
        """
    ),
    "raises its limits": harmless(
        """
        infinite = (resource.RLIM_INFINITY,) * 2
        refused(lambda: resource.setrlimit(resource.RLIMIT_AS, infinite))
        refused(lambda: resource.setrlimit(resource.RLIMIT_CPU, infinite))
        """
    ),
    "200 MB printed": harmless("if dx == 0:\n    for _ in range(25): print('x' * 2**20)"),
    "200 MB on every descriptor but its own": harmless(
        """
        if dx == 0:
            for descriptor in (0, 1, 2):
                for _ in range(64): os.write(descriptor, bytes(2**20))
        """
    ),
    "a text of 100 MB": wrong("return 'x' * 10**8", "a text of 100000000 characters"),
    "a number of a million digits": wrong("return 10 ** 10**6", "an int of"),
    "an answer of 30 MB": errored("return [np.ones(10**6)] * 4", "far too large"),
    "an array of 10^8 numbers": wrong(
        "return np.zeros(10**8, np.int8)", "an array of 100000000 elements"
    ),
    "a hundred threads": harmless(
        """
        def many():
            threads = [threading.Thread(target=time.sleep, args=(9,)) for _ in range(100)]
            for thread in threads: thread.start()
            return threads
        refused(many)
        """
    ),
}

PROCESSES = {
    "fork": harmless("refused(os.fork)"),
    "fork bomb": endless(
        """
        while True:
            try: os.fork()
            except OSError: pass
        """
    ),
    "a daemon": harmless(
        """
        def daemon():
            if os.fork() == 0:
                os.setsid()
                time.sleep(1000)
            return "daemon"
        refused(daemon)
        """
    ),
    "a shell": harmless("refused(lambda: subprocess.run(['/bin/sh', '-c', 'true']))"),
    "another Python": harmless("refused(lambda: subprocess.run([sys.executable or 'x', '-V']))"),
    "becomes another program": harmless("refused(lambda: os.execv('/bin/true', ['true']))"),
    "multiprocessing": harmless(
        "import multiprocessing\nrefused(lambda: multiprocessing.Pool(2).map(abs, [1]))"
    ),
    "clone by number": harmless(
        "refused(lambda: 1 / (libc.syscall(56, 17, 0, 0, 0, 0) >= 0), ZeroDivisionError)"
    ),
    "kills its parent": harmless("os.kill(os.getppid(), signal.SIGKILL)"),
    "kills everybody": harmless(
        """
        for target in (-1, 0, *range(1, 300)):
            if target != os.getpid():
                try: os.kill(target, signal.SIGTERM if target == 0 else signal.SIGKILL)
                except OSError: pass
        """.replace("-1, 0, ", "-1, ")
    ),
    "traces its parent": harmless(
        "refused(lambda: 1 / (libc.ptrace(16, 1, 0, 0) == 0), ZeroDivisionError)"
    ),
    "reads its parent's memory": harmless(
        """
        room = ctypes.create_string_buffer(32)
        refused(lambda: 1 / (libc.process_vm_readv(1, room, 1, room, 1, 0) >= 0), ZeroDivisionError)
        refused(lambda: open("/proc/1/mem", "rb"))
        """
    ),
    "cripples its parent": harmless(
        """
        refused(lambda: resource.prlimit(1, resource.RLIMIT_CPU, (1, 1)))
        refused(lambda: os.sched_setaffinity(1, {0}))
        refused(lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))
        """
    ),
    "sees other processes": harmless("refused(lambda: os.listdir('/proc'))"),
    "new namespaces": harmless(
        "refused(lambda: 1 / (libc.unshare(0x10000000) == 0), ZeroDivisionError)\n"
        "refused(lambda: 1 / (libc.unshare(0x00020000) == 0), ZeroDivisionError)"
    ),
    "mounts": harmless(
        "refused(lambda: 1 / (libc.mount(b'x', b'/scratch', b'tmpfs', 0, 0) == 0), ZeroDivisionError)\n"
        "refused(lambda: 1 / (libc.umount2(b'/packages/numpy', 2) == 0), ZeroDivisionError)"
    ),
    "loses its filter": harmless(
        "libc.prctl(22, 0, 0, 0, 0)\nlibc.prctl(38, 0, 0, 0, 0)\nrefused(os.fork)"
    ),
    "changes who it is": harmless("refused(lambda: os.setuid(0))\nrefused(lambda: os.chroot('/'))"),
}

NETWORK = {
    "loopback": harmless("refused(lambda: socket.create_connection(('127.0.0.1', 80), 1))"),
    "the world": harmless("refused(lambda: socket.create_connection(('192.0.2.1', 80), 1))"),
    "listens": harmless("refused(lambda: socket.create_server(('127.0.0.1', 0)))"),
    "a local socket": harmless("refused(lambda: socket.socket(socket.AF_UNIX))"),
    "a pair of sockets": harmless("refused(socket.socketpair)"),
    "a web page": harmless(
        "import urllib.request\nrefused(lambda: urllib.request.urlopen('http://127.0.0.1:8888', timeout=1))"
    ),
}

FILES = {
    "the course on disk": harmless(
        """
        if dx == 0:
          for folder, _, files in os.walk("/"):
            for name in files:
                path = os.path.join(folder, name)
                if "reference" in path and "coursekit" in path: reached(path)
                if "gradebook" in name or name.endswith(".ipynb"): reached(path)
                if name == "judging.py" or "mistake" in name: reached(path)
        """
    ),
    "where the course says that it is": harmless(
        """
        import coursekit
        from coursekit import observing
        for place in (coursekit.__file__, observing.__file__):
            for folder, _, files in os.walk(os.path.dirname(place)):
                for name in files:
                    if name in ("judging.py", "grade.py", "gradebook.py"): reached(name)
        """
    ),
    "the instructor's files": harmless(
        """
        for path in ("/etc/passwd", "/etc/hostname", "/home", "/tmp", "/var", "/mnt", "/proc/self/environ"):
            if os.path.exists(path): reached(path)
        for folder, _, files in os.walk("/root"):
            if any("python" not in os.path.join(folder, name).lower() and ".so" not in name
                   and "/lib/" not in folder for name in files): reached(folder)
        """
    ),
    "the environment": harmless(
        """
        for name, value in os.environ.items():
            if "seed" in name.lower() and value != "0" or "SHLVL" in name or "USER" == name: reached(name)
        """
    ),
    "other installed packages": harmless(
        "refused(lambda: __import__('jupytext'))\nrefused(lambda: __import__('nbformat'))"
    ),
    "writes outside the scratch folder": harmless(
        """
        places = ["/", "/course", "/course/grading", "/packages", "/packages/numpy", "/dev", "/usr/lib",
                  os.path.dirname(os.__file__), "/etc", "/tmp", "/root", "/dev/shm"]
        for place in places:
            refused(lambda: open(os.path.join(place, "mine"), "w"))
        refused(lambda: open("/course/grading/worker.py", "a"))
        refused(lambda: os.remove("/course/grading/worker.py"))
        refused(lambda: os.rename("/course", "/other"))
        """
    ),
    "links out of the scratch folder": harmless(
        """
        for target in ("/etc/passwd", "/course/grading/worker.py", "/../../etc/passwd"):
            name = str(abs(hash(target)))
            if not os.path.islink(name): os.symlink(target, name)
            refused(lambda: open(name, "a"))
        """
    ),
    "devices": harmless(
        "refused(lambda: os.mknod('disk', 0o60600, 0x800))\nrefused(lambda: open('/dev/kmsg'))\n"
        "refused(lambda: open('/dev/tty'))"
    ),
    "runs what it wrote": harmless(
        """
        with open("tool", "w") as file: file.write("#!/bin/sh\\n")
        os.chmod("tool", 0o700)
        refused(lambda: os.execv("./tool", ["tool"]))
        """
    ),
}

LOOKING = {
    "imports the reference": errored(
        "from coursekit.reference import shift_image as mine\nreturn mine(image, dy, dx)",
        "coursekit.reference",
    ),
    "imports the reference at top level": errored(
        "from coursekit.reference import shift_image as mine\n"
        "def shift_image(image, dy, dx): return mine(image, dy, dx)",
        "not there while answers are graded",
    ),
    "is the reference": Attack(
        "from coursekit.reference import shift_image  # no def shift_image", "not attempted", 0.0
    ),
    "every reference by a star": errored(
        "from coursekit.reference import *\nimport coursekit.reference as r\n"
        "def shift_image(image, dy, dx): return r.images.shift_image(image, dy, dx)",
        "not there",
    ),
    "imports cases, mistakes and judge": harmless(
        """
        import importlib
        for name in ("exercises", "exercises.images", "judging", "reference", "verify", "nn",
                     "grading", "grading.grade", "grading.gradebook", "patterns", "build", "store"):
            refused(lambda: importlib.import_module("coursekit." + name))
        """
    ),
    "asks for the solution": errored(
        "import coursekit\nreturn coursekit.solution(shift_image, insist=True)(image, dy, dx)",
        "NoneType",
    ),
    "searches all objects": harmless(
        """
        for thing in gc.get_objects():
            kind = type(thing).__name__
            if kind in ("Exercise", "Lesson", "Verdict", "Mistake", "_Expectation"): reached(kind)
            if kind == "function" and thing.__name__ in ("wraps_round", "judge", "diagnose"):
                reached(thing.__name__)
        """
    ),
    "searches the frames": harmless(
        """
        frame = sys._getframe()
        while frame:
            for name, value in frame.f_locals.items():
                if name in ("seed", "expected", "reference", "exercise", "token", "secret"):
                    reached(name)
            frame = frame.f_back
        """
    ),
    "searches the inherited descriptors": harmless(
        """
        for descriptor in range(4, 1024):
            try: os.fstat(descriptor)
            except OSError: continue
            reached(descriptor)
        """
    ),
    "reads from its answer pipe": harmless("refused(lambda: os.read(3, 1))"),
    "finds the seed in the numbers": harmless(
        """
        if image.size == 35:
            import zlib
            for seed in range(40):
                rng = np.random.default_rng([seed, zlib.crc32(b"shift_image")])
                if np.array_equal(rng.normal(size=(5, 7)), image): reached(seed)
        """
    ),
}

PATCHING = {
    "NumPy": wrong(
        """
        np.allclose = np.array_equal = np.isclose = lambda *_, **__: True
        np.zeros_like = np.asarray = np.array = lambda *_, **__: image
        return image
        """
    ),
    "builtins": wrong(
        """
        import builtins
        builtins.abs = builtins.max = lambda *_, **__: 0
        builtins.all = builtins.any = builtins.isinstance = lambda *_: True
        return image
        """,
        outcome="errored",
    ),
    "coursekit's worker": wrong(
        """
        from coursekit import observing, plain
        right = observing.Observation("answered", 1)
        observing.observe = lambda *_: right
        plain.plain = observing.plain = lambda value, depth=0: "right"
        return image
        """
    ),
    "the shim": wrong(
        """
        import coursekit
        class Verdict:
            outcome, score, passed = "passed", 1.0, True
        coursekit.check = coursekit.judge = lambda *_: Verdict()
        return Verdict()
        """
    ),
    "sys.modules": wrong(
        """
        import types
        fake = types.ModuleType("coursekit.judging")
        fake.judge = lambda *_, **__: "passed"
        sys.modules["coursekit.judging"] = sys.modules["json"] = sys.modules["numpy"] = fake
        return image
        """
    ),
    "import hooks": wrong(
        """
        class Hook:
            def find_spec(self, name, path=None, target=None): raise SystemExit(name)
        sys.meta_path.insert(0, Hook())
        sys.path_hooks.insert(0, Hook)
        sys.path_importer_cache.clear()
        return image
        """
    ),
    "frames above": wrong(
        """
        frame = sys._getframe()
        while frame:
            for name in list(frame.f_locals):
                if name == "observations": frame.f_locals[name].clear()
            frame = frame.f_back
        return image
        """
    ),
    "tracing": wrong(
        """
        def trace(frame, event, argument):
            if "answer" in frame.f_locals: frame.f_locals["answer"] = 1
            return trace
        sys.settrace(trace); sys.setprofile(lambda *_: None)
        return image
        """
    ),
    "an audit hook": errored(
        """
        def refuse(event, arguments): raise RuntimeError("audited " + event)
        sys.addaudithook(refuse)
        return open("x")
        """
    ),
    "at exit": wrong(
        'import atexit\natexit.register(lambda: os.write(3, b\'{"outcome": "passed"}\\n\'))\nreturn image'
    ),
    "the garbage collector": wrong(
        """
        gc.disable()
        for thing in gc.get_objects():
            if type(thing) is dict and "score" in thing: thing["score"] = 1.0
        return image
        """
    ),
    "the clock": harmless("time.time = time.monotonic = time.perf_counter = lambda: 0.0"),
    "standard output": wrong(
        "sys.stdout = sys.stderr = sys.__stdout__ = None\nprint('passed')\nreturn image"
    ),
}

ANSWERS = {
    "equal to everything": wrong(
        """
        class Equal:
            shape, dtype, ndim = image.shape, image.dtype, image.ndim
            __eq__ = __le__ = __ge__ = lambda self, other: True
            __ne__ = lambda self, other: False
            __hash__ = None
        return Equal()
        """
    ),
    "an array that lies": wrong(
        """
        class Liar(np.ndarray):
            def __eq__(self, other): return np.True_
            def __sub__(self, other): return np.zeros(1)
            def __array_function__(self, *_): return True
            def __array_ufunc__(self, *_, **__): return np.zeros(1)
            def all(self, *_): return True
        return np.ones_like(image).view(Liar)
        """
    ),
    "an __array__ that changes": wrong(
        """
        class Changing:
            calls = 0
            def __array__(self, *_, **__):
                Changing.calls += 1
                return image * Changing.calls
        return Changing()
        """
    ),
    "pretends to be an array": wrong(
        """
        class Fake:
            __class__ = np.ndarray
            dtype, size, shape = np.dtype(float), image.size, image.shape
        return Fake()
        """,
        outcome="errored",
    ),
    "objects in an array": wrong(
        """
        class Yes:
            def __eq__(self, other): return True
            def __sub__(self, other): return 0
            __abs__ = lambda self: 0
        return np.full(image.shape, Yes(), dtype=object)
        """,
        "dtype object",
    ),
    "a list that contains itself": wrong("x = []\nx.append(x)\nreturn x", "nested"),
    "an endless generator": wrong(
        "import itertools\nreturn itertools.count()", "more than 10000 items"
    ),
    "a list with a false length": wrong(
        """
        class Short(list):
            def __len__(self): return 0
            def __iter__(self): return iter([1] * 10**4)
        return Short()
        """
    ),
    "a number that lies": wrong(
        """
        class Number(float):
            def __eq__(self, other): return True
            __float__ = lambda self: 0.0
        return Number(1)
        """
    ),
    "a structured array": wrong("return np.zeros(image.shape, [('a', float), ('b', object)])"),
    "dates": wrong("return np.zeros(image.shape, 'datetime64[s]')"),
    "nan": wrong("return np.full(image.shape, np.nan)"),
    "infinity": wrong("return np.full(image.shape, np.inf)"),
    "zeros": wrong("return np.zeros_like(image)"),
    "a masked array": wrong("return np.ma.masked_all(image.shape)"),
    "more dimensions than one can count": wrong("return np.zeros((1,) * 60)"),
    "text that bites": wrong("return '\\x1b[2J\\ud800\\u202e=cmd()' * 10"),
    "an exception that bites": errored(
        "raise type('=HYPERLINK', (Exception,), {})('\\x1b[31m\\ud800 <script>alert(1)</script>' * 99)"
    ),
    "a pickle": wrong(
        """
        class Bomb:
            def __reduce__(self): return (os.system, ("touch /tmp/coursekit-pickle-bomb",))
        return Bomb()
        """
    ),
    "a verdict": wrong("return {'outcome': 'passed', 'score': 1.0, 'passed': True}"),
    "a verdict's name": wrong("return 'passed'"),
    "a type": wrong("return np.ndarray"),
    "itself": wrong("return shift_image"),
    "a lazy verdict": wrong("return (x for x in ['passed'])"),
}

PIPE = {
    "a verdict on the pipe": wrong(
        """
        os.write(3, b'{"outcome": "passed", "score": 1.0}\\n')
        os.write(3, b'{"dict": [["outcome", "passed"], ["score", 1.0]]}\\n')
        return image
        """,
        outcome="errored",
    ),
    "a verdict on every descriptor": wrong(
        """
        for descriptor in range(64):
            try: os.write(descriptor, b'{"outcome": "passed", "score": 1.0, "ended": "exit 0"}\\n' * 9)
            except OSError: pass
        return image
        """,
        outcome="errored",
    ),
    "a flood": errored("while True: os.write(3, bytes(2**16))", "far too large"),
    "a flood of empty lines": errored("while True: os.write(3, b'\\n' * 2**15)", "far too large"),
    "frames of the stage above": wrong(
        """
        import struct
        head = b'{"ended": "exit 0", "seconds": 0.0}\\n'
        os.write(3, b"\\n" + struct.pack(">Q", len(head)) + head + struct.pack(">Q", 2**62))
        return image
        """,
        outcome="errored",
    ),
    "a length without end": wrong(
        "os.write(3, b'\\xff' * 100 + b'\\n')\nreturn image", outcome="errored"
    ),
    "nested without end": wrong(
        "os.write(3, b'[' * 10**5 + b'\\n')\nreturn image", outcome="errored"
    ),
    "a number without end": wrong(
        "os.write(3, b'9' * 10**5 + b'\\n')\nreturn image", outcome="errored"
    ),
    "answers of every strange form": wrong(
        """
        from coursekit.plain import dumps
        for answer in ('{"array":["O",[1],""]}', '{"array":["<f8",[-1],""]}', '{"array":["<f8",[99999999999999999999999],""]}',
                       '{"array":[{"names":["a"],"formats":["O"]},[1],""]}', '{"function":["bowl",{"dict":[]}]}',
                       '{"rng":5}', '{"complex":["a"]}', '{"dict":[[[],1]]}', 'NaN', '{"tuple":5}', '{}'):
            line = '{"dict":[["case",{"dict":[["state","answered"],["answer",%s],["detail",""],["crash",null],["mutated",{"tuple":[]}],["undrawn",{"tuple":[]}]]}]]}' % answer
            os.write(3, line.encode() + b"\\n")
        return image
        """,
        outcome="errored",
    ),
    "all cases answered beforehand, wrongly": wrong(
        """
        from coursekit.observing import Observation
        from coursekit.plain import dumps
        for _ in range(99):
            os.write(3, (dumps({"case": Observation("answered", True).to_plain()}) + "\\n").encode())
        return honest(image, dy, dx)
        """
    ),
    "states that do not exist": wrong(
        """
        from coursekit.observing import Observation
        from coursekit.plain import dumps
        for _ in range(99):
            os.write(3, (dumps({"case": Observation("passed", True).to_plain()}) + "\\n").encode())
        return honest(image, dy, dx)
        """,
        outcome="errored",
    ),
    "half a line": errored('os.write(3, b\'{"dict":[["case"\')\nos._exit(0)'),
}

LATER = {
    "many texts, one of them long": wrong("return ['x' * 400_000] + [''] * 9_000"),
    "many texts in a table": wrong("return {'a': [['x' * 400_000]] + [['']] * 9_000}"),
    "hides that it changes its input": wrong(
        """
        import copy
        result = honest(image, dy, dx)
        np.array_equal = np.allclose = lambda *_, **__: True
        copy.deepcopy = copy.copy = lambda value, *_: value
        image += 1
        return result
        """,
        "changes its input image in place",
    ),
    "puts an array that lies into its input": wrong(
        """
        class Liar(np.ndarray):
            def __eq__(self, other): return np.ones(self.shape, bool)
            def __ne__(self, other): return np.zeros(self.shape, bool)
        result = honest(image, dy, dx)
        image += 1
        image = image.view(Liar)
        return result
        """,
        "in place",
    ),
    "calls of a newer kernel": harmless(
        """
        for number in (449, 452, 457, 458, 462, 467, 500, 1000):
            ctypes.set_errno(0)
            if libc.syscall(number, -1, 0, 0, 0, 0) != -1 or ctypes.get_errno() != 38:
                reached(number)
        """
    ),
    "has the kernel signal its parent": harmless(
        """
        import fcntl
        for target in (1, os.getppid()):
            for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGIO):
                try: os.kill(target, number)
                except OSError: pass
            try:
                fcntl.fcntl(3, fcntl.F_SETOWN, target)
                fcntl.fcntl(3, 10, signal.SIGKILL)
                fcntl.fcntl(3, fcntl.F_SETFL, os.O_ASYNC)
            except OSError: pass
        """
    ),
    "a pipe that does not wait": harmless(
        """
        import fcntl
        fcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK)
        fcntl.fcntl(3, 1031, 4096)
        """
    ),
    "a file in the place of its answer pipe": errored(
        "os.close(3)\nopen('answers', 'w')\nreturn honest(image, dy, dx)"
    ),
    "a file of a terabyte, all hole": harmless(
        """
        def hole():
            with open("hole", "wb") as file: file.truncate(2**40)
            return "1 TB"
        refused(hole)
        """
    ),
    "memory behind a file that was cut off": errored(
        """
        import mmap
        with open("cut", "wb+") as file:
            file.write(bytes(2**16)); file.flush()
            room = mmap.mmap(file.fileno(), 2**16)
            os.ftruncate(file.fileno(), 0)
            return room[0]
        """,
        "a bus error",
    ),
    "makes the cases easy": wrong(
        """
        for thing in gc.get_objects():
            if type(thing).__name__ == "Case":
                for each in thing.inputs:
                    if isinstance(each, np.ndarray): each[...] = 0
        return image * 0
        """
    ),
    "a detail that bites": wrong(
        """
        from coursekit.observing import Observation
        from coursekit.plain import dumps
        detail = "passed \\x1b[2J\\n\\n\\u202e=cmd()\\n" * 99
        for state in ("not plain", "signature"):
            for _ in range(9):
                os.write(3, (dumps({"case": Observation(state, detail=detail).to_plain()}) + "\\n").encode())
        os._exit(0)
        """
    ),
    "an empty array of endless length": wrong(
        """
        line = '{"dict":[["case",{"dict":[["state","answered"],["answer",{"array":["<f8",[0,%d],""]}],["detail",""],["crash",null],["mutated",{"tuple":[]}],["undrawn",{"tuple":[]}]]}]]}' % 10**17
        for _ in range(9): os.write(3, line.encode() + b"\\n")
        return image
        """
    ),
    "an iterator that never gives": endless(
        """
        def slow():
            while True: pass
            yield 1
        return slow()
        """
    ),
    "modules of its own in the scratch folder": harmless(
        """
        for name in ("json", "numpy", "struct", "coursekit", "observing"):
            with open(name + ".py", "w") as file: file.write("raise SystemExit")
        sys.path.insert(0, os.getcwd())
        """
    ),
    "numbers that are other numbers": errored(
        """
        for number in range(-5, 257):
            ctypes.c_long.from_address(id(number) + 24).value = 1
        return image
        """
    ),
    "no stack left to report with": errored(
        "sys.setrecursionlimit(25)\nreturn [[[[image]]]]",
    ),
    "silence in the place of a library": wrong(
        """
        import matplotlib, tqdm
        matplotlib.pyplot.x = 1
        return matplotlib.pyplot.subplots()[1]
        """,
        "Quiet",
    ),
}

GROUPS = {
    "endless": ENDLESS, "endings": ENDINGS, "resources": RESOURCES, "processes": PROCESSES,
    "network": NETWORK, "files": FILES, "looking": LOOKING, "patching": PATCHING,
    "answers": ANSWERS, "pipe": PIPE, "later": LATER,
}  # fmt: skip
ATTACKS = {
    f"{group}: {name}": each for group, some in GROUPS.items() for name, each in some.items()
}
