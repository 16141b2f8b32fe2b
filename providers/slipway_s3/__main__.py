"""The process `pulumi-resource-slipway-s3`: `python -m providers.slipway_s3 [options] ENGINE_ADDRESS`."""

from providers.server import lean_protocol, methods, serve


def main() -> None:
    """Serves the provider until its engine ends."""
    lean_protocol()
    from providers.slipway_s3.provider import Provider

    serve(lambda engine: methods(Provider(engine)))


main()
