"""Starts the processes of sandboxes, and ends them: itself a process, so that they end whatever ends the server.

It is run as a script, by its path and with the standard library alone: `python -I -S keeper.py SOCKET PARENT ROOT`. The
server asks in JSON, a length of four bytes before each message, and is told in lines of JSON:

    {"do": "spawn", "id": 1, "argv": [...], "env": {...}, "cwd": "...", "binds": [[from, to], ...], "files": 1024}
        with the pipes for stdout and stderr   ->  {"id": 1, "pid": 42}  or  {"id": 1, "error": "..."}
    {"do": "signal", "pid": 42, "signal": 15}  ->  to all of its process group
                                                   {"ended": 42, "status": -9, "peak_kb": 14000}

It is the parent of every process that it starts and, on Linux, of every descendant that lost its own: none of their
numbers can be anybody else's while it has not waited for them. When the server has gone, it kills them all and removes
the root folder; when it goes itself, Linux kills them.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections import deque
from typing import Any

_LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_CLONE_NEWNS, _CLONE_NEWUSER = 0x20000, 0x10000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_ABOVE = 64  # where descriptors are parked while those below are put in order


class Keeper:
    """Does what the server asks, until it is gone."""

    def __init__(self, control: socket.socket, parent: int, root: str) -> None:
        self._control = control
        self._parent = parent
        self._root = root
        self._children: dict[int, bytes] = {}
        self._input = b""
        self._pipes: deque[int] = deque()
        self._namespaces = 0
        self._may_mount = False

    def serve(self) -> None:
        woken, wake = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if _LINUX:
            _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        self._probe()
        self._say(private_tmp=self._may_mount)
        poll = select.poll()
        for end in (woken, self._control.fileno()):
            poll.register(end, select.POLLIN)
        while os.getppid() == self._parent:
            ready = {end for end, _ in poll.poll(1000)}
            if woken in ready:
                os.read(woken, 4096)
                self._reap()
            if self._control.fileno() in ready and not self._listen():
                return

    # What the server asks

    def _listen(self) -> bool:
        flags = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        data, pipes, _, _ = socket.recv_fds(self._control, 1 << 16, 64, flags)
        if not data:
            return False
        for pipe in pipes:
            os.set_inheritable(pipe, False)
        self._pipes += pipes
        self._input += data
        while len(self._input) >= 4:
            size = struct.unpack(">I", self._input[:4])[0] + 4
            if len(self._input) < size:
                break
            message, self._input = self._input[4:size], self._input[size:]
            self._do(json.loads(message))
        return True

    def _do(self, order: dict[str, Any]) -> None:
        if order["do"] == "spawn":
            pipes = [self._pipes.popleft(), self._pipes.popleft()]
            self._spawn(order, *pipes)
            for pipe in pipes:
                os.close(pipe)
        elif order["pid"] in self._children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(order["pid"], order["signal"])

    def _say(self, **message: Any) -> None:
        with contextlib.suppress(OSError):  # the server has gone: the next look at it shows
            self._control.sendall(json.dumps(message).encode() + b"\n")

    def _spawn(self, order: dict[str, Any], out: int, err: int) -> None:
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                self._become(order, out, err)
            except BaseException as error:  # noqa: BLE001  # nothing may return from here
                os.write(tell, str(error).encode())
            finally:
                os._exit(127)
        os.close(tell)
        with os.fdopen(told, "rb") as pipe:
            why = pipe.read().decode(errors="replace")
        if why:
            os.waitpid(pid, 0)
            self._say(id=order["id"], error=why)
        else:
            self._children[pid] = os.fsencode(f"AWS_LAMBDA_RUNTIME_API={order['env'].get('AWS_LAMBDA_RUNTIME_API')}")
            self._say(id=order["id"], pid=pid)

    def _become(self, order: dict[str, Any], out: int, err: int) -> None:
        """Turn this process, just forked, into that of the sandbox."""
        keeper = os.getppid()
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        if self._may_mount and order["binds"]:
            self._mount(order["binds"])
        out, err = (fcntl.fcntl(pipe, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for pipe in (out, err))
        nothing = fcntl.fcntl(os.open(os.devnull, os.O_RDONLY), fcntl.F_DUPFD_CLOEXEC, _ABOVE)
        for place, pipe in enumerate((nothing, out, err, out)):
            os.dup2(pipe, place)
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        files = order["files"] if most == resource.RLIM_INFINITY else min(order["files"], most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        os.chdir(order["cwd"])
        if _LINUX:
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != keeper:
                raise RuntimeError("the keeper has gone")
        os.execve(order["argv"][0], order["argv"], order["env"])  # noqa: S606  # no shell is wanted

    # A /tmp of their own

    def _probe(self) -> None:
        """Find out whether a process can be given mounts of its own: as root, or else in a user namespace."""
        if not _LINUX:
            return
        probe = os.path.join(self._root, "probe")  # noqa: PTH118  # pathlib takes time to load
        os.makedirs(probe, exist_ok=True)  # noqa: PTH103
        for self._namespaces in (_CLONE_NEWNS, _CLONE_NEWNS | _CLONE_NEWUSER):
            pid = os.fork()
            if pid == 0:
                try:
                    self._mount([[probe, "/tmp"]])  # noqa: S108  # the very folder that is to be replaced
                    os._exit(0)
                finally:
                    os._exit(1)
            if os.waitpid(pid, 0)[1] == 0:
                self._may_mount = True
                return

    def _mount(self, binds: list[list[str]]) -> None:
        user, group = os.getuid(), os.getgid()
        _libc("unshare", self._namespaces)
        if self._namespaces & _CLONE_NEWUSER:
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{user} {user} 1")
            _write("/proc/self/gid_map", f"{group} {group} 1")
        _libc("mount", None, b"/", None, _MS_REC | _MS_PRIVATE, None)  # what follows is seen by this process alone
        for source, target in binds:
            _libc("mount", os.fsencode(source), os.fsencode(target), None, _MS_BIND | _MS_REC, None)

    # The ends of processes

    def _reap(self) -> None:
        """Wait for what has ended, and end what it left behind."""
        with contextlib.suppress(ChildProcessError):
            while (ended := self._ended()) is not None:
                pid, status, peak = ended
                ours = self._children.pop(pid, None)
                self._sweep()
                if ours:
                    self._say(ended=pid, status=os.waitstatus_to_exitcode(status), peak_kb=peak)

    def _ended(self) -> tuple[int, int, int] | None:
        """Return a child that has ended, its status and its peak of memory; of one of ours the group is killed.

        Its number is free for others once it is waited for: where a look without that is possible, its group is killed
        before.
        """
        number = 0
        if _LINUX:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                return None
            self._kill_group(found.si_pid)
            number = found.si_pid
        pid, status, usage = os.wait4(number or -1, os.WNOHANG)
        if not pid:
            return None
        if not number:
            self._kill_group(pid)
        return pid, status, usage.ru_maxrss // (1 if _LINUX else 1024)

    def _kill_group(self, pid: int) -> None:
        if pid in self._children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _sweep(self) -> None:
        """Kill descendants that left their group and have lost their sandbox; those of a living one are its own."""
        living = set(self._children.values())
        for pid in _children_of(os.getpid()):
            if pid not in self._children:
                variables = set(_read(f"/proc/{pid}/environ").split(b"\0"))
                its = {value for value in variables if value.startswith(b"AWS_LAMBDA_RUNTIME_API=")}
                if its and not its & living:
                    _kill(pid)

    def end(self) -> None:
        """Kill everything, and remove the folder."""
        import shutil

        until = time.monotonic() + 5.0
        while time.monotonic() < until:
            for pid in list(self._children):
                self._kill_group(pid)
            for pid in _children_of(os.getpid()):
                _kill(pid)
            try:
                os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            time.sleep(0.002)
        hook: dict[str, Any] = {"onexc" if sys.version_info >= (3, 12) else "onerror": _permit}
        shutil.rmtree(self._root, **hook)


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children").split()]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123
        file.write(text)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _permit(remove: Any, path: str, _: Any) -> None:
    """Remove what a handler took its own rights from; what cannot be removed is left to the system."""
    import shutil

    with contextlib.suppress(OSError):
        os.chmod(os.path.dirname(path), 0o700)  # noqa: PTH101, PTH120
        os.chmod(path, 0o700)  # noqa: PTH101
    if os.path.isdir(path):  # noqa: PTH112
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108


def _prctl(option: int, value: int) -> None:
    _libc("prctl", option, value, 0, 0, 0)


def _libc(name: str, *arguments: Any) -> None:
    import ctypes

    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def main() -> None:
    """Keep, until the server is gone."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    keeper = Keeper(control, int(sys.argv[2]), sys.argv[3])
    try:
        keeper.serve()
    finally:
        keeper.end()


if __name__ == "__main__":
    main()
