"""Production traffic as it comes in: spans are received, redacted and kept, for scans and for alarms (action 2)."""
