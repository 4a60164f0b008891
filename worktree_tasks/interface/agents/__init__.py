"""The interface for other programs: the hooks of coding agents, and the MCP server."""
