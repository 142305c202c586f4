"""DOCX files, by python-docx: begun, and packed so that the same content gives the same bytes. The one door to it."""

import io
import zipfile
from importlib import import_module
from typing import TYPE_CHECKING, cast

from accord.errors import MissingExtraError

if TYPE_CHECKING:
    from docx.document import Document

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def new_document() -> "Document":
    """Return an empty document; raise MissingExtraError without python-docx."""
    try:
        docx = import_module("docx")  # here: of an extra, and 0.2 s that nobody else waits for
    except ImportError as error:
        raise MissingExtraError("python-docx is not installed.", fix="pip install 'accord[docx]'") from error
    return cast("Document", docx.Document())


def pack(document: "Document") -> bytes:
    """Return the file with no moment in it but those of its properties."""
    written, packed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
