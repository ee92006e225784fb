import json
import os
import signal
import subprocess
import sys
import time

from preannotation import processes


def group_of_two() -> subprocess.Popen[bytes]:
    """A leader with one child; both would live for a minute."""
    code = "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); print(flush=True); time.sleep(60)"
    leader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert leader.stdout is not None
    leader.stdout.readline()
    return leader


def test_the_orphans_of_a_killed_leader_are_killed_by_its_note(tmp_path):
    leader = group_of_two()
    note = tmp_path / "worker-spark.group"
    found = processes.process(leader.pid)
    assert found is not None
    found.write(note)
    os.kill(leader.pid, signal.SIGKILL)
    leader.wait()
    assert len(processes.members(leader.pid)) == 1
    assert processes.kill_leftovers(note) is True
    assert (processes.members(leader.pid), note.exists()) == ([], False)


def test_a_group_that_only_shares_the_number_is_left_alone(tmp_path):
    leader = group_of_two()
    note = tmp_path / "worker-spark.group"
    note.write_text(json.dumps({"pid": leader.pid, "started": time.time() - 3600}))
    assert processes.kill_leftovers(note) is False
    assert len(processes.members(leader.pid)) == 2
    processes.kill_group(leader.pid)
    leader.wait()


def test_a_child_dies_with_its_killed_parent():
    code = (
        "import subprocess, time; from preannotation import processes; "
        "child = subprocess.Popen(['sleep', '60'], preexec_fn=processes.killed_with_parent); "
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while processes.process(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes.process(child) is None


def test_an_unreadable_note_is_no_note(tmp_path):
    note = tmp_path / "worker-spark.group"
    note.write_text("{")
    assert processes.kill_leftovers(note) is False
