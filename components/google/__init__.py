"""What every family that makes something on Google needs: labels, the provider, service agents, keys."""
