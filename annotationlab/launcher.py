"""Starts and stops Annotation Lab on one machine.

    python -m annotationlab.launcher demo|run|prepare|stop

demo: with sample models, users and a project. run: without. prepare: what tests need, and nothing started but the
database. stop: everything that runs here, from any terminal.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from annotationlab import embedded_postgres, environment, packages, steps, supervision
from annotationlab.environment import Environment
from preannotation.contract import SparkUnavailable

ALIVE_SECONDS: Final = 60
DATABASE_CHECK_SECONDS: Final = 2
EXPECTED: Final = (
    ImproperlyConfigured,
    SparkUnavailable,
    embedded_postgres.DatabaseUnavailable,
    packages.PackagesMissing,
    steps.StepFailed,
    supervision.Refused,
)


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m annotationlab.launcher", description="Start or stop this machine's."
    )
    parser.add_argument("what", choices=COMMANDS)
    what = parser.parse_args(arguments).what
    signal.signal(signal.SIGTERM, _interrupt)
    # A shell that starts it in the background has it ignore this one.
    signal.signal(signal.SIGINT, _interrupt)
    # Closing the terminal must end everything, too.
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        environment.report_unknown_variables()
        COMMANDS[what](environment.read(steps.ROOT))
    except EXPECTED as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def prepare(env: Environment) -> None:
    _set_up(env)
    steps.manage("sample models", "demo", "--models-only")


def run(env: Environment) -> None:
    _serve(env, demo=False)


def demo(env: Environment) -> None:
    _serve(env, demo=True)


def stop(env: Environment) -> None:
    launched = supervision.stop_launcher(env.var_dir)
    ran = supervision.end_all(env.var_dir)
    if env.database is None:
        ran |= embedded_postgres.running(env.var_dir)
        embedded_postgres.stop(env.var_dir)
    steps.say("stop", "everything has stopped" if launched or ran else "nothing was running")


COMMANDS: Final[dict[str, Callable[[Environment], None]]] = {
    "demo": demo,
    "run": run,
    "prepare": prepare,
    "stop": stop,
}


def _set_up(env: Environment) -> None:
    steps.java_runtime()
    steps.engine_jars(env)
    steps.database(env)
    steps.migrations()
    steps.static_files()


def _serve(env: Environment, demo: bool) -> None:
    address = f"http://{env.bind}"
    with supervision.only_one(env.var_dir, address):
        # What a launcher that was killed left behind would hold the port.
        supervision.end_all(env.var_dir)
        supervision.refuse_taken_port(env.bind)
        try:
            _set_up(env)
            if demo:
                steps.manage("demo", "demo")
            # Set-up may have taken minutes: the port may be another's by now.
            supervision.refuse_taken_port(env.bind)
            supervisor = supervision.start(steps.ROOT, env.var_dir)
            _wait_for_web(env, supervisor)
            steps.manage("workers", "workers_ready")
            if demo:
                steps.manage("first run", "demo", "--first-run")
            print(f"\nAnnotation Lab runs at {address}\nLogs: {env.var_dir / 'log'}. Ctrl+C stops it.\n", flush=True)
            # Being stopped is how it ends well: exit code 0.
            with contextlib.suppress(KeyboardInterrupt):
                _stay(env, supervisor)
        finally:
            _end(env)


def _wait_for_web(env: Environment, supervisor: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    while not (supervision.listens(supervisor.pid, env.bind) and _answers(env)):
        if supervisor.poll() is not None or time.monotonic() - started > ALIVE_SECONDS:
            log = env.var_dir / "log" / "web.log"
            last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
            raise steps.StepFailed(
                f"web: it did not answer within {ALIVE_SECONDS} seconds. {' '.join(last)}\nIts log is {log}."
            )
        time.sleep(0.2)
    steps.say("web", f"answers ({time.monotonic() - started:.1f} s)")


def _answers(env: Environment) -> bool:
    host, _, port = env.bind.rpartition(":")
    own = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))
    # Any other name would be refused where ALLOWED_HOSTS doesn't hold this machine's own address.
    names = [name.lstrip(".") for name in env.allowed_hosts if name != "*"]
    connection = http.client.HTTPConnection(own, int(port), timeout=5)
    try:
        connection.request("GET", "/alive", headers={"Host": names[0] if names else own})
        return connection.getresponse().read() == b"ok"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stay(env: Environment, supervisor: subprocess.Popen[bytes]) -> None:
    """Until somebody stops it; an embedded database that was killed starts again."""
    while supervisor.poll() is None:
        time.sleep(DATABASE_CHECK_SECONDS)
        if env.database is None and not embedded_postgres.running(env.var_dir):
            embedded_postgres.start(env.var_dir)
            steps.say("database", "it had ended, and was started again")
    raise steps.StepFailed(f"The supervisor ended. Its log is {env.var_dir / 'log' / 'supervisor.log'}. Start again.")


def _end(env: Environment) -> None:
    """Everything that this launcher started, however often Ctrl+C is pressed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    steps.say("\nstop", "ending web and workers")
    supervision.end_all(env.var_dir)
    if env.database is None:
        embedded_postgres.stop(env.var_dir)
    steps.say("stop", "everything has stopped")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
