"""What a process gives up before it runs a student's code: Linux only, standard library only.

Three locks, each enough against most attacks, behind the outer one (bubblewrap):

- namespaces of its own: it sees no other process, no network, no shared memory;
- no capabilities, and no way to regain one;
- a seccomp filter: one process, one thread, no sockets, no tracing, no new kernel interfaces.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import struct
from functools import cache

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID = 0x00020000, 0x08000000, 0x20000000
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MNT_DETACH = 2
PR_CAPBSET_DROP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 24, 22, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
SECCOMP_MODE_FILTER = 2

# Denied system calls: number on x86-64, number on 64-bit ARM (None where there is none).
DENIED = {
    # processes and threads
    "fork": (57, None), "vfork": (58, None), "clone": (56, 220),
    "execve": (59, 221), "execveat": (322, 281),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "setpriority": (141, 140), "sched_setparam": (142, 118), "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122), "sched_setattr": (314, 274), "ioprio_set": (251, 30),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # network
    "socket": (41, 198), "socketpair": (53, 199),
    # memory that no limit counts, and that outlives the process
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    # namespaces, mounts, and doors of the kernel that arithmetic never needs
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "inotify_init1": (294, 26), "inotify_init": (253, None), "personality": (135, 92),
    "quotactl": (179, 60), "swapon": (167, 224), "acct": (163, 89), "syslog": (103, 116),
    "kexec_load": (246, 104), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "modify_ldt": (154, None), "vmsplice": (278, 75),
    "landlock_create_ruleset": (444, 444), "setsid": (112, 157), "setpgid": (109, 154),
}  # fmt: skip
NEWEST = 448  # of the calls that were looked through; a newer kernel's are "not implemented"
CLONE3 = 435  # the C library falls back to clone where this one is "not implemented"
PRLIMIT64 = {"x86_64": 302, "aarch64": 261}  # allowed for oneself only
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def supported() -> bool:
    """Tell whether the filter is written for this machine's processor."""
    return platform.system() == "Linux" and platform.machine() in ARCHITECTURES


def fork_apart() -> int:
    """Fork a process in namespaces of its own: number 1 there, with mounts that nobody else sees.

    When it ends, so does every process below it.  ``os.fork`` with ``unshare`` would take a process
    more in between, for it gives new process numbers to children only.
    """
    number = DENIED["clone"][ARCHITECTURES[platform.machine()][0]]
    flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | signal.SIGCHLD
    python = ctypes.pythonapi  # holds the interpreter's lock, and has what os.fork does around it
    python.PyOS_BeforeFork()
    call = ctypes.PyDLL(None, use_errno=True).syscall
    pid = call(*map(ctypes.c_long, (number, flags, 0, 0, 0, 0)))
    if pid == 0:
        python.PyOS_AfterFork_Child()
    else:
        python.PyOS_AfterFork_Parent()
    _call(min(pid, 0), "clone")
    return pid


def mount_scratch(path: str, size: int) -> None:
    """Put an empty folder of at most ``size`` bytes, in memory, at ``path``."""
    options = f"size={size},nr_inodes=1000,mode=700".encode()
    flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
    _call(_libc().mount(b"scratch", path.encode(), b"tmpfs", flags, options), "mount")


def unmount(path: str) -> None:
    """Take the topmost folder at ``path`` away, even while something in it is open."""
    _call(_libc().umount2(path.encode(), MNT_DETACH), "umount")


def drop_privileges() -> None:
    """Give up every capability for good, and close the doors named in ``DENIED``."""
    libc = _libc()
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # beyond the last capability of this kernel, or none held
    header = struct.pack("Ii", 0x20080522, 0)
    _call(libc.capset(header, bytes(24)), "capset")
    _call(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    code = _filter()
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    _call(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0), "seccomp")


def prepare() -> None:
    """Make what every child needs, once and for all, before the first fork."""
    _filter()
    _libc()


@cache
def _filter() -> bytes:
    """Return the filter as BPF: wrong processor → killed; denied or too new → an error."""
    machine = platform.machine()
    column, architecture = ARCHITECTURES[machine]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    allow, kill, error = 0x7FFF0000, 0x80000000, 0x00050000
    deny = (give, 0, 0, error | errno.EPERM)
    code = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (give, 0, 0, kill),
        (load, 0, 0, 0),
        (at_least, 0, 1, 0x40000000),  # the x32 numbers, a second door to every call
        deny,
        (at_least, 0, 1, NEWEST + 1),
        (give, 0, 0, error | errno.ENOSYS),
        (equal, 0, 1, CLONE3),
        (give, 0, 0, error | errno.ENOSYS),
        # prlimit64(pid, …): the low half of the first argument must be 0
        (equal, 0, 4, PRLIMIT64[machine]),
        (load, 0, 0, 16),
        (equal, 1, 0, 0),
        deny,
        (give, 0, 0, allow),
    ]
    for numbers in DENIED.values():
        if numbers[column] is not None:
            code += [(equal, 0, 1, numbers[column]), deny]
    code.append((give, 0, 0, allow))
    return b"".join(struct.pack("HBBI", *line) for line in code)


@cache
def _libc():
    return ctypes.CDLL(None, use_errno=True)


def _call(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
