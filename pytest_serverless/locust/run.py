"""The glue to Locust: its events, its messages between master and workers, its exit codes.

Locust imports no plugins by itself; a locustfile that has a scenario imports this. Listeners are registered once for
each process, however often a helper module is imported.

https://docs.locust.io/en/stable/api.html#event-hooks (2026-11), and the source of Locust 2.47.
"""

from __future__ import annotations

import atexit
import logging
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gevent
import locust
from gevent.lock import RLock
from locust.runners import STATE_MISSING, LocalRunner, MasterRunner, WorkerRunner

from pytest_serverless.errors import InvalidParameterError, ServerlessError
from pytest_serverless.load.aggregates import Aggregate
from pytest_serverless.load.results import Result, without
from pytest_serverless.load.results.verdict import INVALID
from pytest_serverless.load.running.beginning import Beginning, begin, begin_watching, read
from pytest_serverless.load.running.concluding import Tally
from pytest_serverless.load.running.conducting import Conductor
from pytest_serverless.load.running.links import LocalLink, WorkerEnd, WorkersLink
from pytest_serverless.load.running.options import add_options
from pytest_serverless.load.running.session import Order, Session
from pytest_serverless.load.running.sinks import LAST_READ_S
from pytest_serverless.load.running.watching import Watching
from pytest_serverless.locust.greenlets import EDGES, ENDED
from pytest_serverless.locust.publishing import insert, publish
from pytest_serverless.locust.sessions import make_equipment, make_session, watched
from pytest_serverless.locust.tab import add_tab

if TYPE_CHECKING:
    from locust.env import Environment
    from locust.rpc import Message

__all__ = ["register"]

_KINDS_TO_WORKER: Final = ("ping", "prepare", "start", "extend", "finish")
_KINDS_TO_MASTER: Final = ("pong", "ready", "done", "final")
_NAME: Final = "serverless_{}"
_USAGE: Final = 2
_CONNECT_S: Final = 10.0

logger = logging.getLogger("pytest_serverless")


def register() -> None:
    """Add the options and the listeners to Locust's own."""
    locust.events.init_command_line_parser.add_listener(_add_options)
    locust.events.init.add_listener(_init)


def _add_options(parser: Any) -> None:
    add_options(parser.add_argument_group)
    parser.set_defaults(web_host="127.0.0.1")


def _init(environment: Environment, runner: Any, web_ui: Any = None, **_: Any) -> None:
    """Find scenarios and target, or end with what is wrong with them: nothing was sent yet."""
    scenarios = [each for each in environment.user_classes if hasattr(each, "serverless_given")]
    if not scenarios and watched() is None:
        return
    _interrupt_main_alone()
    if isinstance(runner, WorkerRunner):
        _Worker(environment, runner)
        return
    try:
        beginning = _begin(environment, scenarios)
    except ServerlessError as error:
        sys.stderr.write(f"pytest-serverless: {error}\n")
        _dismiss(environment, runner)
        sys.exit(_USAGE)
    atexit.register(beginning.close)
    if beginning.forecast:
        logger.info(beginning.forecast)
    if not beginning.settings.closed:
        chosen = {each.name for each in beginning.definitions}
        _choose(environment, [each for each in scenarios if each.__name__ in chosen])
    conducting = _Conducting(environment, runner, beginning)
    if web_ui is not None:
        add_tab(web_ui, lambda: conducting.tally, lambda: conducting.is_running)


def _interrupt_main_alone() -> None:
    """Let an interrupt reach the main greenlet, which waits; else it breaks whichever runs, an arrival most often."""
    if sys.platform != "win32":
        gevent.signal_handler(signal.SIGINT, gevent.kill, gevent.getcurrent(), KeyboardInterrupt)


def _dismiss(environment: Environment, runner: Any) -> None:
    """Send away the workers that Locust has forked: it leaves them behind when it ends before a run."""
    options: Any = environment.parsed_options
    if not isinstance(runner, MasterRunner) or not options.processes:
        return
    until_s = EDGES.clock() + _CONNECT_S
    while len(runner.clients) < options.processes and EDGES.clock() < until_s:
        EDGES.sleep(0.05)
    runner.quit()


def _begin(environment: Environment, scenarios: Sequence[Any]) -> Beginning:
    options: Any = environment.parsed_options
    users = watched()
    if scenarios or users is None:
        return begin(options, [each.serverless_given() for each in scenarios])
    hosts = [each.host for each in environment.user_classes if each.host]
    beginning = begin_watching(options, options.host or next(iter(hosts), None), users.thresholds)
    if beginning.reached.kind != "url":
        environment.host = beginning.reached.url()
    return beginning


def _choose(environment: Environment, scenarios: Sequence[Any]) -> None:
    """Run these alone: other users would wait for their answers beside arrivals that do not."""
    others = [each.__name__ for each in environment.user_classes if not hasattr(each, "serverless_given")]
    if others:
        logger.warning("%s: left out, for scenarios are run here. Keep them in a file of their own.", ", ".join(others))
    environment.user_classes = list(scenarios)


class _Conducting:
    """The only process, or the master; `tally` is of the run under way, or of the last one."""

    def __init__(self, environment: Environment, runner: LocalRunner | MasterRunner, beginning: Beginning) -> None:
        self._environment = environment
        self._runner = runner
        self._beginning = beginning
        self._conductor: Conductor | None = None
        self._greenlet: gevent.Greenlet | None = None
        self._workers: WorkersLink | None = None
        self._is_over = False
        self.tally: Tally | None = None
        self._result: Result | None = None
        self._concluding = RLock()  # signals, time and workers that leave may all end a run
        if not beginning.settings.closed:
            options: Any = environment.parsed_options
            options.num_users = len(beginning.definitions) * (options.expect_workers if options.master else 1)
            options.spawn_rate = options.num_users
            options.run_time = None  # it is in the plans
        events = environment.events
        events.test_start.add_listener(self._test_start)
        events.spawning_complete.add_listener(self._spawned)
        events.test_stopping.add_listener(self._stopping)
        events.quitting.add_listener(self._quitting)
        if isinstance(runner, MasterRunner):
            self._listen(runner)

    @property
    def is_running(self) -> bool:
        return self._conductor is not None

    def _listen(self, runner: MasterRunner) -> None:
        for kind in _KINDS_TO_MASTER:
            runner.register_message(_NAME.format(kind), partial(self._took, kind))
        self._environment.events.worker_report.add_listener(self._reported)

    def _took(self, kind: str, environment: Environment, msg: Message) -> None:
        if self._workers is not None:
            self._workers.took(kind, msg.node_id, msg.data)

    def _reported(self, client_id: str, data: dict[str, Any]) -> None:
        report = data.get("serverless")
        if report is not None and self._workers is not None:
            self._workers.took("report", client_id, report)

    def _test_start(self, **_: Any) -> None:
        # A worker that leaves makes Locust start the others anew: that is no other run.
        if self._is_over or self._conductor is not None:
            return
        ENDED.clear()
        link = self._link()
        beginning = self._beginning
        self._conductor = Conductor(
            beginning.definitions,
            beginning.reached,
            link,
            EDGES,
            beginning.settings,
            guard=beginning.make_guard(),
            tell=logger.info,
            round_trip_ms=self._round_trip_ms,
            read=beginning.read,
        )
        self.tally = self._conductor.tally
        if beginning.settings.closed:
            self._spawned()  # what is sent while users are spawned counts too

    def _round_trip_ms(self) -> float | None:
        """Measure it by the connections of the first scenario; None where it cannot be had."""
        beginning = self._beginning
        if not beginning.definitions:
            return None
        order = Order(worker=0, workers=1, seed=0, reached=beginning.reached, plans={})
        equipment = make_equipment(self._environment.parsed_options, beginning.definitions[0], order, Aggregate())
        try:
            return equipment.round_trip_ms()
        finally:
            equipment.close()

    def _link(self) -> LocalLink | WorkersLink:
        runner = self._runner
        if isinstance(runner, LocalRunner):
            return LocalLink(partial(make_session, self._environment, self._beginning.definitions))
        definitions = self._beginning.definitions
        drain_s = max((each.drain_s + (LAST_READ_S if each.sink else 0.0) for each in definitions), default=0.0)
        self._workers = WorkersLink(partial(_send_to_worker, runner), partial(_alive, runner), EDGES, drain_s)
        return self._workers

    def _spawned(self, **_: Any) -> None:
        if self._conductor is not None and self._greenlet is None:
            self._greenlet = gevent.spawn(self._run, self._conductor)

    def _run(self, conductor: Conductor) -> None:
        try:
            conductor.run()
            with self._concluding:
                conductor.finish()
            conductor.observe()  # whoever stops the run meanwhile ends the wait
            self._conclude(conductor)
        except Exception:  # whatever it is, Locust must not wait for a run that goes on no more
            logger.exception("The run ended by a fault of the measurement itself")
            self._environment.process_exit_code = INVALID  # unless there is a result still
        options: Any = self._environment.parsed_options
        self._is_over = bool(options.headless)
        if options.headless or (options.autostart and options.autoquit != -1):
            self._runner.quit()
        else:
            self._runner.stop()

    def _stopping(self, **_: Any) -> None:
        with self._concluding:
            conductor, greenlet = self._conductor, self._greenlet
            if conductor is None:
                return
            if greenlet is not None and greenlet is not gevent.getcurrent():
                greenlet.kill()
            self._conclude(conductor, "it was stopped before its end")
            self._conductor = self._greenlet = None
        ENDED.set()

    def _quitting(self, **_: Any) -> None:
        """Conclude what a signal cuts off."""
        self._is_over = True
        self._stopping()
        self._insert()
        self._beginning.close()

    def _conclude(self, conductor: Conductor, why: str = "") -> None:
        with self._concluding:
            if conductor.result is None:
                self._result = result = without(conductor.conclude(why), self._beginning.secrets())
                self._environment.process_exit_code = result.exit_code
                self._publish(result)

    def _insert(self) -> None:
        """Put our section into Locust's own report, which is written by now, and has no hook for it."""
        page = getattr(self._environment.parsed_options, "html_file", None)
        if page and self._result is not None and Path(page).is_file():
            insert(self._result, Path(page))
            self._result = None

    def _publish(self, result: Result) -> None:
        lines, is_written = publish(result, self._beginning.settings)
        for line in lines:
            sys.stdout.write(f"{line}\n")
        if not is_written:  # whoever reads it next finds none, or an old one
            self._environment.process_exit_code = result.exit_code or INVALID


class _Worker:
    """A worker: it does what its master says, and tells what it saw."""

    def __init__(self, environment: Environment, runner: WorkerRunner) -> None:
        self._environment = environment
        self._end = WorkerEnd(partial(_send_to_master, runner), self._session, EDGES)
        environment.process_exit_code = 0  # the master's is what counts
        for kind in _KINDS_TO_WORKER:
            runner.register_message(_NAME.format(kind), partial(self._took, kind), concurrent=kind != "ping")
        environment.events.report_to_master.add_listener(self._report)
        environment.events.test_stopping.add_listener(self._stopping)
        environment.events.quitting.add_listener(self._stopping)
        environment.events.test_start.add_listener(lambda **_: ENDED.clear())

    def _session(self, order: Order) -> Session | Watching:
        scenarios = {each.__name__: each for each in self._environment.user_classes}
        missing = order.plans.keys() - scenarios.keys()
        if missing:
            names = ", ".join(sorted(missing))
            raise InvalidParameterError(f"The master has {names}, this worker has not: give it the same files.")
        # The plans are the master's; all else is what the file says, here as there.
        given = [scenarios[name].serverless_given() for name in order.plans]
        return make_session(self._environment, [read(each) for each in given], order)

    def _took(self, kind: str, environment: Environment, msg: Message) -> None:
        self._end.took(kind, msg.data)

    def _report(self, data: dict[str, Any], **_: Any) -> None:
        report = self._end.report()
        if report is not None:
            data["serverless"] = report

    def _stopping(self, **_: Any) -> None:
        self._end.finish()
        ENDED.set()


def _send_to_worker(runner: MasterRunner, kind: str, data: Any, worker: str | None = None) -> None:
    runner.send_message(_NAME.format(kind), data, worker)


def _send_to_master(runner: WorkerRunner, kind: str, data: Any, worker: str | None = None) -> None:
    runner.send_message(_NAME.format(kind), data)


def _alive(runner: MasterRunner) -> list[str]:
    return [client.id for client in runner.clients.all if client.state != STATE_MISSING]
