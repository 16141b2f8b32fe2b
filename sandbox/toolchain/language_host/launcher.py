"""Runs one Pulumi program. Started by the language host in the program's interpreter; needs nothing but the SDK there.

Standard input carries one line of JSON, the `Run` request, and then stays open: when it ends, the host is gone, and so
is this process. Configuration comes that way, too, since arguments and environments are for everybody's eyes.

Exit codes: 0 done, `SHOWN` failed and said so, `NO_SDK` no Pulumi SDK here; anything else is the program's own.
"""

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

SHOWN = 32
NO_SDK = 33
_THREADS_PER_OPERATION = 4  # an operation in flight blocks a thread on its request and may start others


def main() -> int:
    """Reads the request, runs the program, returns the exit code."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_host, args=(os.dup(0),), daemon=True).start()
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    try:
        import pulumi
        from pulumi import runtime
    except ImportError as error:
        print(error, file=sys.stderr)
        return NO_SDK
    os.chdir(request["pwd"])
    program = Path(request["program"])
    file = program / "__main__.py" if program.is_dir() else program
    runtime.set_all_config(request["config"], request["config_secret_keys"])
    runtime.configure(runtime.Settings(**request["settings"]))
    if not file.is_file():
        pulumi.log.error(f"{program}: there is no program here: a folder needs a __main__.py")
        return SHOWN
    sys.argv = [str(program), *request["args"]]
    sys.path[0] = str(file.parent)  # Python has put the launcher's folder there
    try:
        _run(file, request["settings"]["parallel"])
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return SHOWN
    except SystemExit as error:
        return _exit_code(error, pulumi.log)
    except Exception as error:  # noqa: BLE001 - it is the program's, and is shown
        pulumi.log.error(f"Program failed with an unhandled exception:\n{_report(error, file.parent)}")
        return SHOWN
    return 0


def _run(file: Path, parallel: int) -> None:
    from pulumi import runtime

    # Whatever of the program's futures has not ended when it fails will not end any more. That is no news.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with ThreadPoolExecutor(max(parallel, 1) * _THREADS_PER_OPERATION) as executor:
        loop.set_default_executor(executor)

        def program() -> None:
            runpy.run_path(str(file), run_name="__main__")

        loop.run_until_complete(runtime.run_in_stack(program))
    loop.close()


def _exit_code(error: SystemExit, log: Any) -> int:
    """`sys.exit` with a text is an error message, as it is in any Python program."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code
    log.error(str(error.code))
    return SHOWN


def _report(error: BaseException, folder: Path) -> str:
    """The traceback from the program's first line on, of the exception and of those it came from."""
    whole = traceback.TracebackException.from_exception(error)
    exceptions = [whole]
    for each in exceptions:
        each.stack = _from_program(each.stack, folder)
        exceptions += [cause for cause in (each.__cause__, each.__context__) if cause is not None]
    return "".join(whole.format()).rstrip()


def _from_program(stack: traceback.StackSummary, folder: Path) -> traceback.StackSummary:
    """The frames from the first one of the program on; none if there is none of its own (a syntax error)."""
    for start, frame in enumerate(stack):
        if Path(frame.filename).is_absolute() and Path(frame.filename).resolve().is_relative_to(folder.resolve()):
            return traceback.StackSummary.from_list(stack[start:])
    return traceback.StackSummary()


def _end_with_host(lifeline: int) -> None:
    """Ends this process and all it started: the host writes nothing more, so the end of the reading is its end."""
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)  # the host has made this process the leader of a group


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)
