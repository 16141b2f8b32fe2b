"""A resource monitor that makes nothing: it keeps what a program registers, and answers as a first preview would."""

import threading
from collections.abc import Callable
from typing import Any

from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import engine_pb2, resource_pb2

from catalog.computed import COMPUTED, Path
from catalog.errors import SlipwayError
from providers import wire
from runner.graph.options import Options, inherited

STACK = "pulumi:pulumi:Stack"
REFERENCE = "pulumi:pulumi:StackReference"

# What of the protocol the answers here keep to; the SDK does without the rest.
_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
)


class Registered:
    """One registration.

    Attributes:
        request: as the program made it.
        options: as the engine would inherit them.
    """

    def __init__(self, urn: str, request: Any, options: Options) -> None:
        self.urn = urn
        self.request = request
        self.options = options


class Monitor:
    """What a program calls its engine by, without the wire between them: the SDK calls it from many threads.

    Args:
        project: the program's.
        stack: the stack's name.
        outputs_of: the outputs of another stack by its name, as they are on the wire.
    """

    def __init__(self, project: str, stack: str, outputs_of: Callable[[str], Struct]) -> None:
        self._project, self._stack, self._outputs_of = project, stack, outputs_of
        self._lock = threading.Lock()
        self.registered: dict[str, Registered] = {}
        self.read: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}

    # The protocol's names.
    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        """Keeps a resource. Its outputs are its inputs; everything else, its id too, is unknown."""
        urn = self._urn(request)
        with self._lock:
            self._refuse_second(urn)
            above = self.registered.get(request.parent)
            options = inherited(request, urn, above.options if above else None)
            self.registered[urn] = Registered(urn, request, options)
        return resource_pb2.RegisterResourceResponse(urn=urn, object=_outputs(request))

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Keeps the stack's own outputs; those of components nobody reads."""
        if _type(request.urn) == STACK:
            self.outputs = wire.decode(request.outputs)
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Answers for another stack; nothing else can be read without a cloud.

        Raises:
            SlipwayError: the program reads something else.
        """
        if request.type != REFERENCE:
            why = "the program reads what only a cloud knows"
            raise SlipwayError(request.name, request.type, why, "say it in the stack file")
        outputs, urn = self._outputs_of(request.id), self._urn(request)
        with self._lock:
            self._refuse_second(urn)
            self.read[urn] = request
        values = {
            "name": request.id,
            "outputs": wire.decode(outputs),
            "secretOutputNames": sorted(key for key, value in wire.decode(outputs).items() if wire.secret_paths(value)),
        }
        return resource_pb2.ReadResourceResponse(urn=urn, properties=wire.encode(values))

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        """Refuses.

        Raises:
            SlipwayError: always: a plan must be complete without asking a cloud.
        """
        raise SlipwayError(request.tok, "", "the program asks a cloud", "say it in the stack file")

    def GetDeploymentInfo(self, _request: Any) -> Any:  # noqa: N802
        """What this monitor understands."""
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def SupportsFeature(self, request: Any) -> Any:  # noqa: N802
        """The same, asked one by one."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in ("secrets", "resourceReferences"))

    def SignalAndWaitForShutdown(self, _request: Any) -> Any:  # noqa: N802
        """Nothing goes on after the program."""
        return empty_pb2.Empty()

    def _urn(self, request: Any) -> str:
        above = "" if not request.parent or _type(request.parent) == STACK else f"{request.parent.split('::')[2]}$"
        return f"urn:pulumi:{self._stack}::{self._project}::{above}{request.type}::{request.name}"

    def _refuse_second(self, urn: str) -> None:
        if urn in self.registered or urn in self.read:
            raise SlipwayError(urn, "", "the program registers this twice", "give each resource a name of its own")


class Engine:
    """What a program says while it runs.

    Attributes:
        errors: what it called one.
    """

    def __init__(self) -> None:
        self.errors: list[str] = []

    def Log(self, request: Any) -> Any:  # noqa: N802  the protocol's name
        """Keeps errors; everything else nobody reads."""
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)
        return empty_pb2.Empty()


def _outputs(request: Any) -> Any:
    """What a first preview knows of a resource: its inputs; what the program calls secret is one before it is known."""
    computed = COMPUTED.get(request.type, ())
    if not request.additionalSecretOutputs and not computed:
        return request.object
    known = wire.decode(request.object)
    for path in computed:
        known = _with_unknown(known, path)
    secret = {key: wire.Secret(known.get(key, wire.UNKNOWN.value)) for key in request.additionalSecretOutputs}
    return wire.encode(known | secret)


def _with_unknown(value: Any, path: Path) -> Any:
    """The value with what the cloud completes in it; an object that is not given at all is unknown anyway."""
    key, rest = path[0], path[1:]
    if not isinstance(value, dict) or (rest and key not in value):
        return value
    return {**value, key: _with_unknown(value[key], rest) if rest else value.get(key, wire.UNKNOWN.value)}


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]
