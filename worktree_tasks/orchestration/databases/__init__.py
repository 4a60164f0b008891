"""Engines of databases: each makes, copies and drops databases inside its server's own container."""
