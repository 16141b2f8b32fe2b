"""A GKE cluster: network, control plane, nodes, caches of registries, logs."""
