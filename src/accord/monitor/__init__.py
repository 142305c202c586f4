"""Production traffic: received as OpenTelemetry traces, kept, and watched for patterns of misuse (action 2)."""
