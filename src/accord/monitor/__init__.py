"""Production traffic watched (action 2): windows, sequential tests, patterns of misuse, alerts."""
