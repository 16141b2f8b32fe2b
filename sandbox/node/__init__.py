"""The sandbox's node: a whole Kubernetes node in namespaces of its own, reached through ports on 127.0.0.1."""
