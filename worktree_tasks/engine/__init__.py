"""The door to Docker: the engine through its SDK, and the `docker compose` program."""
