"""`accord monitor`: production traffic, received and watched for patterns of misuse."""

import click

from accord.cli.receiving import receive
from accord.cli.watching import learn, status, watch


@click.group()
def monitor() -> None:
    """Receive and watch production traffic for patterns of misuse (action 2)."""


for command in (receive, watch, status, learn):
    monitor.add_command(command)
