"""`pulumi-language-python`: the gRPC server that the engine starts."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from google.protobuf.json_format import MessageToDict

from providers.server import End, lean_protocol
from sandbox.toolchain.language_host import interpreter
from sandbox.toolchain.language_host.children import Children, pump
from sandbox.toolchain.language_host.launcher import NO_SDK, SHOWN

lean_protocol()

from pulumi import _version  # noqa: E402 - only after lean_protocol
from pulumi.runtime.proto import language_pb2 as language  # noqa: E402
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2  # noqa: E402

_LAUNCHER = Path(__file__).with_name("launcher.py")
_THREADS = 16


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """What the engine asks of a language. What it can do without (code generation, installing) is not implemented.

    Args:
        engine: the engine's address, `host:port`.
        children: whatever is started goes through it.
    """

    def __init__(self, engine: str, children: Children) -> None:
        self._engine = engine
        self._children = children
        self._programs: list[subprocess.Popen[bytes]] = []

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - gRPC's name; so are those below
        """The version shown by `pulumi about`: of the SDK whose protocol this is."""
        return plugin_pb2.PluginInfo(version=str(_version.version))

    def GetRequiredPackages(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """None: plugins are loaded when a program asks for them."""
        return language.GetRequiredPackagesResponse()

    def About(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The interpreter."""
        python = self._python(request.info, context)
        return language.AboutResponse(executable=python, version=interpreter.version(python))

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The distributions that are installed for the program."""
        python = self._python(request.info, context)
        found = interpreter.distributions(python, transitive=request.transitiveDependencies)
        dependencies = [language.DependencyInfo(name=name, version=version) for name, version in found]
        return language.GetProgramDependenciesResponse(dependencies=dependencies)

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """Ends programs that still run. The engine calls it at the end of every command, also of a good one."""
        for program in list(self._programs):
            self._children.end(program)
        return empty_pb2.Empty()

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Runs a program to its end."""
        try:
            python = interpreter.find_python(Path(request.info.root_directory), _options(request.info))
        except interpreter.NoInterpreterError as error:
            return language.RunResponse(error=str(error))
        command = [python, "-u", str(_LAUNCHER)]
        program = self._children.start(command, cwd=request.pwd, stdin=subprocess.PIPE)
        self._programs.append(program)
        context.add_callback(lambda: self._children.end(program))  # the engine has given up the call
        if program.stdin is not None:
            program.stdin.write(json.dumps(self._document(request)).encode() + b"\n")
            program.stdin.flush()  # and stays open: see the launcher
        code = self._children.ended(program)
        self._programs.remove(program)
        if code == 0:
            return language.RunResponse()
        if code == NO_SDK:
            return language.RunResponse(error=f"{python} has no Pulumi SDK: run `make setup`, or install pulumi there")
        if code == SHOWN:
            return language.RunResponse(bail=True)
        return language.RunResponse(error=f"Program exited with non-zero exit code: {code}")

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Runs a policy pack or a provider written in Python, and streams what it says."""
        python = self._python(request.info, context)
        program = str(Path(request.info.program_directory or request.program, request.info.entry_point or "."))
        policy = request.kind == "analyzer"
        arguments = ["-m", "pulumi.policy", *request.args, program] if policy else [program, *request.args]
        environment = dict(pair.split("=", 1) for pair in request.env) if request.env else None
        process = self._children.start(
            [python, "-u", *arguments],
            cwd=request.pwd,
            environment=environment,
            output=subprocess.PIPE,
        )
        context.add_callback(lambda: self._children.end(process))
        yield from _stream(process)
        yield language.RunPluginResponse(exitcode=self._children.ended(process))

    def _python(self, info: Any, context: Any) -> str:
        try:
            return interpreter.find_python(Path(info.root_directory), _options(info))
        except interpreter.NoInterpreterError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            raise

    def _document(self, request: Any) -> dict[str, Any]:
        """What the launcher reads."""
        return {
            "pwd": request.pwd,
            "program": str(Path(request.info.program_directory, request.info.entry_point)),
            "args": list(request.args),
            "config": dict(request.config),
            "config_secret_keys": list(request.configSecretKeys),
            "settings": {
                "project": request.project,
                "stack": request.stack,
                "organization": request.organization,
                "root_directory": request.info.root_directory,
                "parallel": request.parallel,
                "dry_run": request.dryRun,
                "monitor": request.monitor_address,
                "engine": self._engine,
            },
        }


def main() -> NoReturn:
    """Serves until the engine ends or asks for it."""
    children = Children()
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=[("grpc.max_receive_message_length", -1)])
    engine = next((word for word in reversed(sys.argv[1:]) if not word.startswith("-")), "")
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(engine, children), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    end = End()
    with contextlib.suppress(BrokenPipeError):
        print(port, flush=True)  # the handshake with the engine
        end.wait()
    children.end_all()
    server.stop(0).wait(1)
    os._exit(0)  # a thread may still hold a call of an engine that is gone


def _options(info: Any) -> dict[str, Any]:
    return dict(MessageToDict(info.options))


def _stream(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    """What a process writes, as it writes it, until both its streams have ended."""
    messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
    if process.stdout is None or process.stderr is None:
        return
    pumps = [
        pump(process.stdout, lambda chunk: messages.put(language.RunPluginResponse(stdout=chunk))),
        pump(process.stderr, lambda chunk: messages.put(language.RunPluginResponse(stderr=chunk))),
    ]

    def finish() -> None:
        for each in pumps:
            each.join()
        messages.put(None)

    threading.Thread(target=finish, daemon=True).start()
    while (message := messages.get()) is not None:
        yield message
