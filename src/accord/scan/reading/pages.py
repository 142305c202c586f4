"""The header of a Parquet page: how much a dictionary says that it unpacks to, before anything is unpacked."""

from typing import BinaryIO

from accord.scan.reading.tally import BROKEN, UnreadableError

_HEADER = 64
_I32 = 5
_SIZE_FIELD = 2


def dictionary_size(file: BinaryIO, offset: int) -> int:
    """Return the unpacked size in the header of the page at an offset; UnreadableError where there is none.

    A header is a Thrift struct in the compact protocol, whose first two fields are the type of the page and this size.
    """
    file.seek(offset)
    data = file.read(_HEADER)
    try:
        place = number = value = 0
        while number < _SIZE_FIELD:
            kind = data[place]
            number += kind >> 4
            if kind & 0x0F != _I32 or not kind >> 4:
                raise UnreadableError(BROKEN)
            value, place = _varint(data, place + 1)
    except IndexError as error:
        raise UnreadableError(BROKEN) from error
    return (value >> 1) ^ -(value & 1)


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not byte & 0x80:
            return value, place
