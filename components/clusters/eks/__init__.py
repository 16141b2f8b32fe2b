"""EKS: network, control plane, add-ons, node groups, access."""
