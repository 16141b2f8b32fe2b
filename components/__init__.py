"""How each part of the platform is built."""
