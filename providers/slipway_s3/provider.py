"""The `slipway-s3` provider as the engine sees it: messages to values and back."""

import json
import threading
from typing import Any, Final
from urllib.parse import urlsplit

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from catalog.errors import SlipwayError
from providers import slipway_s3 as package
from providers import wire
from providers.server import Engine
from providers.slipway_s3.bucket import Bucket
from providers.slipway_s3.reader import Reader
from providers.slipway_s3.resource import Failure, Resource, Values, unknown_names
from providers.slipway_s3.session import Config, Session

CONFIG: Final = ("endpoint", "adminEndpoint", "region", "accessKey", "secretKey")
_ENGINES_OWN: Final = frozenset({"version", "pluginDownloadURL"})

RESOURCES: Final[dict[str, Resource]] = {package.BUCKET: Bucket(), package.READER: Reader()}

_Diff = provider_pb2.PropertyDiff


class Provider:
    """The provider of one server, as `providers.server.methods` takes it.

    Args:
        engine: the engine that started it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._configured: Session | None = None
        self._cancelled = threading.Event()

    @property
    def _session(self) -> Session:
        if self._cancelled.is_set():
            raise SlipwayError("slipway-s3", "", "the run was cancelled", "run it again")
        if self._configured is None:
            fix = "wait until the server is made; its address is an output of an earlier resource"
            raise SlipwayError("slipway-s3", "", "its configuration is not known yet", fix)
        return self._configured

    def get_plugin_info(self, _request: Any) -> Any:
        """Its version."""
        return plugin_pb2.PluginInfo(version=package.VERSION)

    def get_schema(self, _request: Any) -> Any:
        """Name and version; the types are in `resources.py`."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": package.NAME, "version": package.VERSION}))

    def check_config(self, request: Any) -> Any:
        """Everything that is wrong with the configuration."""
        values = {k: v for k, v in wire.decode(request.news).items() if k not in _ENGINES_OWN}
        return _checked(request.news, [*unknown_names(values, CONFIG), *_config_failures(wire.plain(values))])

    def diff_config(self, request: Any) -> Any:
        """Another address or key is the same server to its resources: nothing is replaced."""
        old = wire.plain(wire.decode(request.old_inputs if request.old_inputs.fields else request.olds))
        new = wire.plain(wire.decode(request.news))
        changed = sorted(key for key in {*old, *new} - _ENGINES_OWN if old.get(key) != new.get(key))
        return provider_pb2.DiffResponse(changes=_any(changed), diffs=changed)

    def configure(self, request: Any) -> Any:
        """Remembers the server; it is asked when the first resource needs it."""
        config = Config.of(wire.decode(request.args))
        if config is not None:
            self._configured = Session(config)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def check(self, request: Any) -> Any:
        """The inputs with their defaults, and everything that is wrong with them."""
        inputs, failures = _kind(request.urn).check(wire.decode(request.news), self._configured)
        return _checked(wire.encode(inputs), failures)

    def diff(self, request: Any) -> Any:
        """Compares inputs; drift is the business of a refresh."""
        kind = _kind(request.urn)
        olds, news = wire.decode(request.old_inputs), wire.decode(request.news)
        return _difference(kind, wire.plain(olds), wire.plain(news))

    def create(self, request: Any) -> Any:
        """Makes a resource, or says what it will be."""
        kind, inputs = _kind(request.urn), wire.decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=wire.encode(kind.outputs(inputs, self._configured)))
        id_, outputs = kind.create(request.urn, inputs, self._session)
        return provider_pb2.CreateResponse(id=id_, properties=wire.encode(outputs))

    def read(self, request: Any) -> Any:
        """Looks at a resource: for a refresh or an import."""
        live = _kind(request.urn).read(request.id, wire.decode(request.inputs), self._session)
        if live is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id, properties=wire.encode(live.outputs), inputs=wire.encode(live.inputs)
        )

    def update(self, request: Any) -> Any:
        """Changes a resource, or says what it will be."""
        kind, news = _kind(request.urn), wire.decode(request.news)
        old = wire.decode(request.olds)
        if request.preview:
            outputs = kind.outputs(news, self._configured)
        else:
            outputs = kind.update(request.urn, old, news, self._session)
        return provider_pb2.UpdateResponse(properties=wire.encode(outputs))

    def delete(self, request: Any) -> Any:
        """Removes a resource."""
        _kind(request.urn).delete(wire.decode(request.properties), self._session)
        return empty_pb2.Empty()

    def invoke(self, request: Any) -> Any:
        """There are no functions."""
        raise SlipwayError(request.tok, "", "slipway-s3 has no functions", "do without it")

    def cancel(self, _request: Any) -> Any:
        """Lets nothing new begin; what is under way ends by itself within seconds."""
        self._cancelled.set()
        return empty_pb2.Empty()


def _kind(urn: str) -> Resource:
    token = urn.split("::")[2].rpartition("$")[2]
    if token not in RESOURCES:
        raise SlipwayError(token, "", "slipway-s3 has no such resource", f"there are {', '.join(RESOURCES)}")
    return RESOURCES[token]


def _config_failures(values: Values) -> list[Failure]:
    failures = []
    for name in ("endpoint", "adminEndpoint"):
        address = values.get(name)
        if isinstance(address, str) and address:
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                failures.append(Failure(name, f"{address!r} is no URL such as http://127.0.0.1:9000"))
    return failures + [
        Failure(name, f"{name} is missing") for name in ("accessKey", "secretKey") if not values.get(name)
    ]


def _checked(inputs: Any, failures: list[Failure]) -> Any:
    rows = [provider_pb2.CheckFailure(property=failure.property, reason=failure.reason) for failure in failures]
    return provider_pb2.CheckResponse(inputs=inputs, failures=rows)


def _any(changed: list[str]) -> Any:
    return provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE


def _difference(kind: Resource, olds: Values, news: Values) -> Any:
    changed = sorted(name for name in {*olds, *news} if olds.get(name) != news.get(name))
    replaces = [name for name in changed if name in kind.REPLACES]
    detailed = {
        name: _Diff(kind=_Diff.UPDATE_REPLACE if name in replaces else _Diff.UPDATE, inputDiff=True) for name in changed
    }
    return provider_pb2.DiffResponse(
        changes=_any(changed),
        replaces=replaces,
        diffs=changed,
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=bool(replaces) and not any(name in replaces for name in kind.NAMES),
    )
