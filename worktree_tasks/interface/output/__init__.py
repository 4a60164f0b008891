"""What is said: every sentence, table and JSON document, and the only place that prints."""
