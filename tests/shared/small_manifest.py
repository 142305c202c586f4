"""A manifest of a system whose model is never reached: what tests of inspections add their tables to."""

ENDPOINT = 'endpoint = "http://127.0.0.1:9/v1"'
SMALL = f"""
[organisation]
name = "Acme"
roles = ["developer"]
[system]
name = "Helpdesk"
version = "1.0"
description = "Answers questions."
stage = "deployment"
languages = ["en"]
[model]
name = "tiny"
{ENDPOINT}
"""
