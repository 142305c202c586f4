"""Trying a link: the site that it names is asked, so only where somebody wants it."""

import http.client
import urllib.error
import urllib.request

_TIMEOUT = 15.0
_SHOWN = 200
_NO_HEAD = frozenset({403, 405, 501})
"""What sites answer that do not know HEAD, or refuse it."""


def reach(link: str) -> str:
    """Return what is wrong with a link, or nothing."""
    problem, code = _ask(link, "HEAD")
    return _ask(link, "GET")[0] if code in _NO_HEAD else problem


def _ask(link: str, method: str) -> tuple[str, int]:
    if not link.startswith(("https://", "http://")):
        return "it is no address of the web", 0
    try:
        request = urllib.request.Request(link, method=method, headers={"User-Agent": "accord (checks links)"})  # noqa: S310 - as above
        with urllib.request.urlopen(request, timeout=_TIMEOUT):  # noqa: S310 - as above
            return "", 0
    except urllib.error.HTTPError as error:
        error.close()
        return f"HTTP {error.code}", error.code
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(error)[:_SHOWN] or type(error).__name__, 0
