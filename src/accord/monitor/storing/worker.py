"""The process that makes parts beside the one that receives: it takes what time the other leaves."""

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from accord.errors import AccordError
from accord.ledger.files import hold
from accord.monitor.storing.retention import retire
from accord.monitor.storing.store import Policy, Store

DRAIN = "drain"
"""What the receiver sends when nothing more will come: the rest is stored, then the process ends."""

_PAUSE = 0.2  # seconds between looks into the spool
_RETRY = 5.0
_RETIRE = timedelta(minutes=10)
_WAIT = 600.0
_NICE = 10


def work(folder: Path, keys: Path, policy: Policy, clock: Callable[[], datetime], link: Connection) -> None:
    """Store segments until the other end of the link says DRAIN or is gone; tell it what was stored and what failed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the receiver says when to end
    os.nice(_NICE)
    store = Store(folder, keys, policy)
    try:
        with hold(folder / "store.lock", _WAIT):  # one that a killed receiver left behind ends first
            store.start(clock())
            link.send(("ready", ""))
            _run(store, clock, link)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the receiver is gone: what is left waits for the next
    except AccordError as error:
        link.send(("failed", str(error)))


def _run(store: Store, clock: Callable[[], datetime], link: Connection) -> None:
    due = clock()
    draining = False
    while True:
        well = _store_all(store, link)
        if clock() >= due:
            due = clock() + _RETIRE
            for part in retire(store.folder, store.policy.days, clock()):
                link.send(("deleted", part.path.name))
        if draining:
            return
        draining = link.poll(_PAUSE if well else _RETRY) and link.recv() == DRAIN


def _store_all(store: Store, link: Connection) -> bool:
    for path in store.waiting():
        try:
            link.send(("stored", store.store(path)))
        except (BrokenPipeError, ConnectionResetError):
            raise
        except (AccordError, OSError, MemoryError) as error:
            link.send(("failed", str(error)))
            return False
        except Exception as error:  # noqa: BLE001 - whatever a segment does to us, the others go on
            path.rename(path.with_suffix(".damaged"))
            link.send(("failed", f"{type(error).__name__} at {path.name}"))
    return True
