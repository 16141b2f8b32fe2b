"""The gRPC face of a stand-in cloud: messages to documents and back."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from catalog.errors import SlipwayError
from providers import wire
from providers.server import Engine
from sandbox.providers.answers import checked, difference
from sandbox.providers.changes import show
from sandbox.providers.cloud import resources
from sandbox.providers.cloud.cloud import Cloud, Document
from sandbox.providers.cloud.resources import Resources
from sandbox.providers.collecting import Collecting
from sandbox.providers.sdk import check
from sandbox.providers.sdk.reader import Sdk
from sandbox.providers.sdk.types import Fields, Scalar

_PLUGIN_ONLY = ("version", "pluginDownloadURL")


class Provider:
    """The provider of one cloud, as `providers.server.methods` takes it.

    Args:
        cloud: which one.
        engine: the engine that started it.
        environment: of this process: whose credentials it has.
    """

    def __init__(self, cloud: Cloud, engine: Engine, environment: Mapping[str, str]) -> None:
        self._cloud = cloud
        self._engine = engine
        self._environment = environment
        self._sdk = Sdk(cloud.package)
        self._version = version(cloud.package.replace("_", "-"))
        self._place: Mapping[str, Any] = {}
        self._configured: Resources | None = None

    @property
    def _resources(self) -> Resources:
        if self._configured is None:
            fix = "give the provider settings that are known before the update"
            raise SlipwayError(self._cloud.name, "", "the provider's settings are not known yet", fix)
        return self._configured

    def get_plugin_info(self, _request: Any) -> Any:
        """The version this provider stands in for."""
        return plugin_pb2.PluginInfo(version=self._version)

    def get_schema(self, _request: Any) -> Any:
        """A schema that says what this is, and has no types: the SDK's own are used."""
        schema = json.dumps({"name": self._cloud.name, "version": self._version})
        return provider_pb2.GetSchemaResponse(schema=schema)

    def check_config(self, request: Any) -> Any:
        """Refuses settings that the SDK does not have, and a place that the credentials are not for."""
        settings = _settings(self._sdk.provider, wire.decode(request.news))
        found = check.failures(f"the {self._cloud.name} provider", self._sdk.provider, settings)
        failures = [(show(each.path), each.why) for each in found]
        if not failures and not wire.has_unknown(settings):
            try:
                self._cloud.place(wire.plain(settings), self._environment)
            except SlipwayError as error:
                failures = [(error.path, str(error))]
        return checked(request.news, failures)

    def diff_config(self, request: Any) -> Any:
        """Which settings have changed; none makes new resources by itself, the place of each resource does."""
        old, new = wire.decode(request.old_inputs), wire.decode(request.news)
        changed = sorted(key for key in {*old, *new} if wire.plain(old.get(key)) != wire.plain(new.get(key)))
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind, diffs=changed)

    def configure(self, request: Any) -> Any:
        """Takes up the settings, and says what this is.

        Raises:
            SlipwayError: when the credentials are not for this place.
        """
        settings = _settings(self._sdk.provider, wire.decode(request.args))
        if not wire.has_unknown(settings):
            self._place = self._cloud.place(wire.plain(settings), self._environment)
            collecting = Collecting(self._engine, self._environment)
            self._configured = Resources(self._cloud, self._sdk, self._place, self._engine, collecting)
            words = f" ({self._cloud.words(self._place)}, {self._version})"
            self._engine.info(f"stand-in {self._cloud.name}: nothing was created in a cloud{words}")
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def check(self, request: Any) -> Any:
        """Gives a name, and refuses what the SDK's types do not have."""
        news, olds = wire.decode(request.news), wire.decode(request.olds)
        inputs, failures = self._resources.check(request.urn, news, olds, request.randomSeed)
        return checked(wire.encode(inputs), failures)

    def diff(self, request: Any) -> Any:
        """Compares inputs; in a cloud that does not exist nothing drifts."""
        olds, news = wire.decode(request.old_inputs), wire.decode(request.news)
        return difference(self._resources.diff(request.urn, olds, news))

    def create(self, request: Any) -> Any:
        """Invents a resource, or what can be foreseen of it."""
        inputs = wire.decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=wire.encode(self._resources.foresee(request.urn, inputs)))
        id_, outputs = self._resources.create(request.urn, inputs)
        return provider_pb2.CreateResponse(id=id_, properties=wire.encode(outputs))

    def read(self, request: Any) -> Any:
        """Finds a resource of the state as it was.

        Raises:
            SlipwayError: for an import: there is nothing to import from.
        """
        if not request.inputs.fields:
            fix = "import it with the real provider and an account"
            raise SlipwayError(request.urn, request.id, "a stand-in has nothing that could be imported", fix)
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def update(self, request: Any) -> Any:
        """Changes a resource in place."""
        news, olds = wire.decode(request.news), wire.decode(request.old_inputs)
        state = wire.decode(request.olds)
        outputs = self._resources.update(request.urn, news, olds, state, preview=request.preview)
        return provider_pb2.UpdateResponse(properties=wire.encode(outputs))

    def delete(self, request: Any) -> Any:
        """Lets a resource go, unless it is protected."""
        self._resources.delete(request.urn, wire.decode(request.properties))
        return empty_pb2.Empty()

    def invoke(self, request: Any) -> Any:
        """Answers a function from the settings."""
        _ = self._resources
        answer = resources.function(self._cloud, self._sdk, self._place, request.tok, wire.decode(request.args))
        return _answer(wire.encode(answer))

    def cancel(self, _request: Any) -> Any:
        """Nothing here takes time."""
        return empty_pb2.Empty()


def _answer(values: Any) -> Any:
    response = provider_pb2.InvokeResponse()
    getattr(response, "return").CopyFrom(values)  # a word of Python
    return response


def _settings(fields: Fields, given: Document) -> Document:
    """The settings as what they are: all but texts travel as JSON."""
    return {key: _setting(fields, key, value) for key, value in given.items() if key not in _PLUGIN_ONLY}


def _setting(fields: Fields, key: str, value: Any) -> Any:
    if isinstance(value, wire.Secret):
        return wire.Secret(_setting(fields, key, value.value))
    if not isinstance(value, str) or key not in fields or fields[key].type == Scalar("string"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
