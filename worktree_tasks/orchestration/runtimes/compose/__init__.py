"""The runtime Docker Compose: main's stack, networks, overrides, images, containers."""
