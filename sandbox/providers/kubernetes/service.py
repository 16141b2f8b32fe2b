"""The gRPC face of the provider: messages to documents and back."""

import os
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from catalog.errors import SlipwayError
from providers import wire
from providers.server import Engine
from sandbox.providers.answers import checked, difference
from sandbox.providers.kubernetes import configuration, objects, offline
from sandbox.providers.kubernetes.client import Client
from sandbox.providers.kubernetes.cluster import Cluster
from sandbox.providers.kubernetes.discovery import Discovery
from sandbox.providers.kubernetes.offline import OfflineResources
from sandbox.providers.kubernetes.resources import Resources

VERSION = "4.34.2"
"""The version of the official provider whose place this takes; the SDK asks for exactly this one."""


class Provider:
    """The provider of one cluster, as `providers.server.methods` takes it.

    While the cluster is not known (its kubeconfig comes from a resource that is not made yet), `check` passes the
    inputs through and everything else is refused; the engine does not ask then.

    Args:
        engine: the engine that started it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._configured: Resources | OfflineResources | None = None

    @property
    def _resources(self) -> Resources | OfflineResources:
        if self._configured is None:
            fix = "wait until the cluster is made; its kubeconfig is an output of an earlier resource"
            raise SlipwayError("kubeconfig", "", "is not known yet", fix)
        return self._configured

    def get_plugin_info(self, _request: Any) -> Any:
        """The version this provider stands in for."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def get_schema(self, _request: Any) -> Any:
        """A schema that says what this is, and has no types: the SDK's own are used."""
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "kubernetes", "version": "{VERSION}"}}')

    def check_config(self, request: Any) -> Any:
        """Refuses settings that this provider would not follow."""
        return checked(request.news, configuration.check(wire.decode(request.news)))

    def diff_config(self, request: Any) -> Any:
        """Whether changed settings mean another cluster."""
        old = wire.decode(request.old_inputs if request.old_inputs.fields else request.olds)
        new = wire.decode(request.news)
        changed = {key for key in {*old, *new} if wire.plain(old.get(key)) != wire.plain(new.get(key))}
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=configuration.replaces(old, new) if changed else [],
            diffs=sorted(changed),
        )

    def configure(self, request: Any) -> Any:
        """Connects; a cluster that does not answer is an error at once, in a preview too."""
        settings = configuration.settings(wire.decode(request.args))
        said = f"kubernetes: Slipway stand-in {VERSION}"
        if settings is not None and offline.is_offline(settings.access.named, os.environ):
            said += f", offline: {settings.access.named} is a stand-in's; not checked: no API server"
            self._configured = OfflineResources(settings.namespace, settings.mutable, self._engine, os.environ)
        elif settings is not None:
            client = Client(settings.access)
            said += f" for {settings.access.server} ({client.version()})"
            cluster = Cluster(client, Discovery(client, settings.namespace), settings.namespace)
            self._configured = Resources(cluster, settings.mutable, self._engine)
        self._engine.info(said)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def check(self, request: Any) -> Any:
        """Completes the inputs."""
        if self._configured is None:
            return checked(request.news, [])
        autoname = objects.autoname(request.name or request.urn.rpartition("::")[2], request.randomSeed)
        news, olds = wire.decode(request.news), wire.decode(request.olds)
        inputs, failures = self._configured.check(request.urn, news, olds, autoname)
        return checked(wire.encode(inputs), failures)

    def diff(self, request: Any) -> Any:
        """Compares inputs; drift is the business of a refresh."""
        olds, news = wire.decode(request.old_inputs), wire.decode(request.news)
        return difference(self._resources.diff(request.urn, olds, news, wire.decode(request.olds)))

    def create(self, request: Any) -> Any:
        """Makes an object, or foresees it."""
        inputs = wire.decode(request.properties)
        if request.preview:
            foreseen = self._resources.foresee(request.urn, inputs)
            return provider_pb2.CreateResponse(properties=wire.encode(foreseen))
        id_, outputs = self._resources.create(request.urn, inputs, request.timeout)
        return provider_pb2.CreateResponse(id=id_, properties=wire.encode(outputs))

    def read(self, request: Any) -> Any:
        """Looks at an object: for a refresh or an import."""
        inputs, state = wire.decode(request.inputs), wire.decode(request.properties)
        known = wire.plain(inputs or state)
        if known.get("kind") and known.get("metadata"):
            identity = objects.identify(known)
        else:
            token = request.type or request.urn.split("::")[2].rpartition("$")[2]
            identity = objects.of_token(token, request.id)
        found = self._resources.read(request.urn, identity, inputs)
        if found is None:
            return provider_pb2.ReadResponse()
        id_, outputs, now = found
        return provider_pb2.ReadResponse(id=id_, properties=wire.encode(outputs), inputs=wire.encode(now))

    def update(self, request: Any) -> Any:
        """Changes an object, or foresees the change."""
        news, state = wire.decode(request.news), wire.decode(request.olds)
        if request.preview:
            outputs = self._resources.foresee(request.urn, news, state)
        else:
            outputs = self._resources.update(request.urn, news, state, request.timeout)
        return provider_pb2.UpdateResponse(properties=wire.encode(outputs))

    def delete(self, request: Any) -> Any:
        """Deletes an object."""
        inputs, state = wire.decode(request.old_inputs), wire.decode(request.properties)
        self._resources.delete(inputs or state, state, request.timeout)
        return empty_pb2.Empty()

    def invoke(self, request: Any) -> Any:
        """Functions are the official provider's alone."""
        fix = "use the official provider, or do without the function"
        raise SlipwayError(request.tok, "", "the stand-in has no functions", fix)

    def cancel(self, _request: Any) -> Any:
        """Ends all waiting."""
        if self._configured is not None:
            self._configured.cancel()
        return empty_pb2.Empty()
