"""States of containers, each with the status that Docker lists for it."""

from __future__ import annotations

UP, HEALTHY = ("running", "Up 2 minutes"), ("running", "Up 2 minutes (healthy)")
UNHEALTHY = ("running", "Up 2 minutes (unhealthy)")
STARTING = ("running", "Up 2 seconds (health: starting)")
ENDED, FAILED = ("exited", "Exited (0) 5 minutes ago"), ("exited", "Exited (137) 5 minutes ago")
CREATED, DEAD, PAUSED = ("created", "Created"), ("dead", "Dead"), ("paused", "Up 1 hour (Paused)")
RESTARTING = ("restarting", "Restarting (1) 5 seconds ago")
