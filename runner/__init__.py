"""How Pulumi is run for a stack."""
