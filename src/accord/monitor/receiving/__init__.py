"""OTLP over HTTP: spans are acknowledged once they are durable in the spool."""
