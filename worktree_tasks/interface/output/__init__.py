"""All output: sentences, tables and JSON documents, and the only place that prints."""
