"""Runs a resource provider on raw gRPC: the part that every provider process has in common.

The engine starts the process with its own address as the last argument, reads one line with the port from stdout and
calls `pulumirpc.ResourceProvider` there. `serve` does that, ends when the engine ends (also when it is killed), and
turns exceptions into the answers the engine shows: a `SlipwayError` as its text, a `PartialFailureError` as an object
that exists but is not ready.

`lean_protocol` must run before anything imports `pulumi.runtime.proto`: it makes the generated messages importable
without the SDK around them, which takes ten times as long to load (0.5 to 1 s) as the provider itself.
"""

import contextlib
import importlib.util
import os
import re
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import grpc

from catalog.errors import SeveralErrors, SlipwayError
from providers import wire

WORKERS = 512
"""Requests served at a time; threads are made when needed. An await blocks its thread, so this bounds `--parallel`."""

_GRACE_S = 1.0


class PartialFailureError(Exception):
    """The object exists, belongs in the state, and is not what was asked for yet.

    Args:
        id_: the object's id.
        properties: its outputs, secrets marked.
        inputs: its checked inputs, secrets marked.
        reasons: why it is not ready, one a line.
    """

    def __init__(self, id_: str, properties: dict[str, Any], inputs: dict[str, Any], reasons: list[str]) -> None:
        super().__init__(id_, *reasons)
        self.id_ = id_
        self.properties = properties
        self.inputs = inputs
        self.reasons = reasons


def lean_protocol() -> None:
    """Makes `pulumi.runtime.proto` importable without importing the `pulumi` package. For provider processes only.

    Raises:
        SlipwayError: when the Pulumi SDK is not installed.
    """
    if "pulumi" in sys.modules:
        return
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise SlipwayError("pulumi", "", "the Pulumi SDK is not installed for this Python", "make setup")
    folder = Path(spec.submodule_search_locations[0])
    for name in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        package = ModuleType(name)
        package.__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package


class Engine:
    """The engine that started this provider, as far as it is talked to: its log.

    Args:
        address: `host:port`; empty when there is none, messages then go to stderr.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._lock = threading.Lock()
        self._stub: Any = None

    def info(self, message: str, urn: str = "") -> None:
        """A line that stays."""
        self._log("INFO", message, urn)

    def status(self, message: str, urn: str) -> None:
        """A line beside the resource that the next one replaces."""
        self._log("INFO", message, urn, ephemeral=True)

    def warning(self, message: str, urn: str = "") -> None:
        """A line that stays and is counted as a warning."""
        self._log("WARNING", message, urn)

    def error(self, message: str, urn: str = "") -> None:
        """A line that stays and is counted as an error; by itself it does not make the command fail."""
        self._log("ERROR", message, urn)

    def _log(self, severity: str, message: str, urn: str, *, ephemeral: bool = False) -> None:
        if not self.address:
            sys.stderr.write(f"{severity}: {message}\n")
            return
        from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

        with self._lock:
            if self._stub is None:
                self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self.address))
        request = engine_pb2.LogRequest(
            severity=engine_pb2.LogSeverity.Value(severity), message=message, urn=urn, ephemeral=ephemeral
        )
        try:
            self._stub.Log(request, timeout=5)
        except grpc.RpcError:  # the engine is going away: the answer to its call carries what matters
            sys.stderr.write(f"{severity}: {message}\n")


def serve(build: Callable[[Engine], Any]) -> NoReturn:
    """Serves the provider until the engine ends or asks for it; never returns.

    Args:
        build: makes the `ResourceProviderServicer`, given the engine.
    """
    from pulumi.runtime.proto import provider_pb2_grpc

    server = grpc.server(
        ThreadPoolExecutor(WORKERS),
        interceptors=[_Answers()],
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    address = next((word for word in reversed(sys.argv[1:]) if not word.startswith("-")), "")
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(build(Engine(address)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    end = End()  # before the handshake: the engine may end us at once
    with contextlib.suppress(BrokenPipeError):
        print(port, flush=True)  # the handshake with the engine
        end.wait()
    server.stop(_GRACE_S).wait(_GRACE_S)
    os._exit(0)  # a thread may still wait for the cluster


class End:
    """A signal, or the end of the engine: it alone reads our standard output, so without it that breaks.

    Unlike a look at the parent's number now and then, this is at once, and also right if the engine has ended before we
    came to look. From when it is made, no signal ends the process by itself.
    """

    def __init__(self) -> None:
        self._signalled, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: None)

    def wait(self) -> None:
        """Waits for it."""
        poll = select.poll()
        poll.register(self._signalled, select.POLLIN)
        poll.register(sys.stdout.fileno(), 0)  # errors are always reported
        poll.poll()


def methods(provider: Any) -> Any:
    """The `ResourceProviderServicer` of an object with the protocol's methods in Python's own form.

    `CheckConfig(request, context)` of the protocol is `check_config(request)` of the object; methods it does not have
    are answered as not implemented.
    """
    from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

    servicer = provider_pb2_grpc.ResourceProviderServicer()
    for method in provider_pb2.DESCRIPTOR.services_by_name["ResourceProvider"].methods:
        own = getattr(provider, re.sub(r"(?<!^)(?=[A-Z])", "_", method.name).lower(), None)
        if own is not None:
            setattr(servicer, method.name, lambda request, _context, own=own: own(request))
    return servicer


class _Answers(grpc.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Turns what a method raises into what the engine understands."""

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Wraps one method; all of a provider's methods that are used are unary."""
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler

        def answer(request: Any, context: Any) -> Any:
            try:
                return handler.unary_unary(request, context)
            except PartialFailureError as failure:
                _abort_partially(context, failure)
            except (SlipwayError, SeveralErrors) as error:
                context.abort(grpc.StatusCode.UNKNOWN, str(error))
            except Exception as error:
                if context.code() is None:  # otherwise the method itself has aborted
                    traceback.print_exc()
                    context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")
                raise

        return grpc.unary_unary_rpc_method_handler(
            answer, request_deserializer=handler.request_deserializer, response_serializer=handler.response_serializer
        )


def _abort_partially(context: Any, failure: PartialFailureError) -> None:
    from google.protobuf.any_pb2 import Any as AnyMessage
    from pulumi.runtime.proto import provider_pb2, status_pb2

    detail = AnyMessage()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=failure.id_,
            properties=wire.encode(failure.properties),
            inputs=wire.encode(failure.inputs),
            reasons=failure.reasons,
        )
    )
    code = grpc.StatusCode.UNKNOWN
    text = "; ".join(failure.reasons)
    status = status_pb2.Status(code=code.value[0], message=text, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, text)
