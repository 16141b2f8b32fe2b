"""What moves a model: artifact, image, lock."""
