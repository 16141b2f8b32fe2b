"""What every family that makes something on AWS needs: ARNs, policy documents, roles, keys."""
