"""The process `pulumi-resource-kubernetes`: `python -m sandbox.providers.kubernetes [options] ENGINE_ADDRESS`."""

import os
import sys

from sandbox.providers import guard


def main() -> None:
    """Serves the provider, or says why not and exits with 1."""
    if not guard.allows(os.environ):
        sys.exit(guard.MESSAGE)
    from providers.server import lean_protocol, methods, serve

    lean_protocol()
    from sandbox.providers.kubernetes.service import Provider

    serve(lambda engine: methods(Provider(engine)))


main()
