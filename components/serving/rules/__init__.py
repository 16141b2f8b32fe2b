"""What a declaration and a stack must hold together."""
