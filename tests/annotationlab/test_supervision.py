import configparser
import os
import socket
from pathlib import Path

import pytest

from annotationlab import launcher, supervision


def refusal(bind: str) -> str:
    with pytest.raises(supervision.Refused) as caught:
        supervision.refuse_taken_port(bind)
    return str(caught.value)


def test_a_taken_port_names_the_setting_to_change():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert refusal(f"127.0.0.1:{port}") == (
            f"Port {port} of 127.0.0.1 is taken by another program. Choose another address or port, as "
            f"ANNOTATIONLAB_BIND=127.0.0.1:{port % 65535 + 1}, and start again."
        )


def test_an_address_of_another_machine_is_refused():
    assert refusal("192.0.2.1:8000").startswith("192.0.2.1 is not an address of this machine.")


def test_a_second_start_says_that_it_runs_and_where(tmp_path):
    with (
        supervision.only_one(tmp_path, "http://127.0.0.1:8001"),
        pytest.raises(supervision.Refused) as caught,
        supervision.only_one(tmp_path, "http://127.0.0.1:9"),
    ):
        pass
    assert str(caught.value) == (
        f"Annotation Lab is running already at http://127.0.0.1:8001 (process {os.getpid()}). "
        "Use it, or stop it: make stop"
    )


def test_the_mark_of_an_ended_launcher_hinders_nobody(tmp_path):
    for _ in range(2):
        with supervision.only_one(tmp_path, "http://127.0.0.1:8001"):
            pass
    assert supervision.stop_launcher(tmp_path) is False


def test_the_supervisor_gets_web_and_one_wrapper_a_queue_each_ended_as_a_group():
    parser = configparser.RawConfigParser()
    parser.read_string(supervision.configuration(Path("/opt/the lab"), Path("/opt/100%/var")))
    programs = [name for name in parser.sections() if name.startswith("program:")]
    assert programs == ["program:web", "program:worker-default", "program:worker-spark", "program:worker-training"]
    settings = {parser[name][key] for name in programs for key in ("autorestart", "stopasgroup", "killasgroup")}
    assert settings == {"true"}
    assert parser["program:worker-spark"]["command"].endswith("'/opt/the lab/manage.py' worker spark")
    assert parser["program:worker-spark"]["stdout_logfile"] == "/opt/100%%/var/log/worker-spark.log"


def test_stop_where_nothing_runs_says_so_and_makes_no_folder(tmp_path, capsys):
    env = launcher.environment.read(tmp_path, {})
    launcher.stop(env)
    assert capsys.readouterr().out == "stop: nothing was running\n"
