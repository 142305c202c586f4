"""Model weights (action 6): signed, verified, and scanned without being run."""
