"""Access to Docker: the engine's API, and the `docker compose` program."""
