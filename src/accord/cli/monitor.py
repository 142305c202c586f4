"""`accord monitor`: production traffic, watched for patterns of misuse."""

import click

from accord.cli.watching import learn, status, watch


@click.group()
def monitor() -> None:
    """Watch production traffic for patterns of misuse (action 2)."""


for command in (watch, status, learn):
    monitor.add_command(command)
