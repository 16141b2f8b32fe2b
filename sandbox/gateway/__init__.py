"""The sandbox's gateway: Envoy carries the requests, our controller writes its configuration from the Gateway API."""
