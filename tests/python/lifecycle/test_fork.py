# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What a forked child may do: everything but pyvm, and each call into pyvm says so."""

import subprocess
import sys

import pytest

PARENT = """
import os, sys, pyvm, warnings
warnings.simplefilter("ignore")
async def idle():
    await pyvm.receive("never")
pyvm.start()
pid = pyvm.spawn(idle)
pyvm.testing.wait_until_idle()
child = os.fork()
if child == 0:
{child}
status = os.waitpid(child, 0)[1]
assert pyvm.is_alive(pid)
pyvm.stop()
print(os.waitstatus_to_exitcode(status))
"""


def exit_of_child(body):
    """The exit status of a forked child that runs `body`, and what both wrote to standard error."""
    lines = "\n".join("    " + line for line in body.splitlines())
    text = PARENT.format(child=lines)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1]), done.stderr


@pytest.mark.parametrize(
    "call",
    [
        "pyvm.send(pid, 1)",
        "pid.call(1, timeout=1)",
        "pyvm.spawn(idle)",
        "pyvm.exit(pid, 'kill')",
        "pyvm.process_info(pid)",
        "pyvm.send_after(0.1, pid, 1)",
        "pyvm.register('name', pid)",
        "pyvm.suspend(pid)",
        "pyvm.resume(pid)",
        "pyvm.is_alive(pid)",
        "pyvm.processes()",
        "pyvm.self()",
        "pyvm.start()",
        "pyvm.run(idle)",
    ],
)
def test_forked_child_is_refused_with_the_cure(call):
    """Issue 2, acceptance 5: sending from a forked child."""
    body = f"""
try:
    {call}
except RuntimeError as error:
    os._exit(7 if "fork" in str(error) and "spawn" in str(error) else 1)
os._exit(2)
"""
    code, err = exit_of_child(body)
    assert code == 7, err


def test_forked_child_can_end_as_programs_do():
    """Issue 2: interpreter exit in the child neither hangs nor aborts."""
    code, err = exit_of_child("sys.exit(5)")
    assert code == 5, err


@pytest.mark.parametrize(
    ("end", "status"),
    [("return", 0), ("raise KeyError('in child')", 1), ("sys.exit(4)", 4), ("sys.exit('why')", 1)],
)
def test_child_forked_by_a_process_ends_with_its_coroutine(end, status):
    """Issue 2: the scheduler that is copied with it does not go on there."""
    text = f"""
import os, sys, pyvm, warnings
warnings.simplefilter("ignore")
async def forks():
    child = os.fork()
    if child == 0:
        try:
            pyvm.send(pyvm.self(), "m")
        except RuntimeError as error:
            assert "fork" in str(error)
            print("refused", flush=True)
        {end}
    return await pyvm.offload(os.waitpid, child, 0)
status = pyvm.run(forks)[1]
print(os.waitstatus_to_exitcode(status))
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["refused", str(status)], done.stderr


def test_fork_before_the_first_start_is_no_concern():
    """Servers import in the parent and start in the children."""
    text = """
import os, pyvm
async def main():
    return 7
child = os.fork()
code = pyvm.run(main)
if child == 0:
    os._exit(code)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["7"], done.stderr


def test_subinterpreter_is_refused():
    """Limits: the main interpreter only; the error says so."""
    text = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import sys
program = '''
import sys
sys.path[:] = %r
try:
    import pyvm
except ImportError as error:
    print("refused:", error, flush=True)
''' % (sys.path,)
interpreter = interpreters.create()
try:
    interpreters.run_string(interpreter, program)
except AttributeError:
    interpreters.exec(interpreter, program)
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60)
    assert "refused:" in done.stdout, done.stderr
    assert "interpreter" in done.stdout
