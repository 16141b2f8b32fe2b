"""The process `pulumi-resource-aws` (or `gcp`): `python -m sandbox.providers.cloud aws ENGINE_ADDRESS`."""

import os
import sys

from sandbox.providers import guard


def main() -> None:
    """Serves the provider, or says why not and exits with 1."""
    if not guard.allows(os.environ):
        sys.exit(guard.MESSAGE)
    from providers.server import lean_protocol, methods, serve

    lean_protocol()
    from sandbox.providers.cloud.clouds import CLOUDS
    from sandbox.providers.cloud.service import Provider

    cloud = CLOUDS[sys.argv[1]]
    serve(lambda engine: methods(Provider(cloud, engine, os.environ)))


main()
