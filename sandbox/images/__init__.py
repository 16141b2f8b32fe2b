"""The images that pods run: built with buildah, kept in a cache by their content, put into a sandbox's registry."""
