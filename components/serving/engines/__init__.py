"""One pure builder an engine: declaration in, Kubernetes objects out."""
