"""A checksum over a stored block and its place, so that a flipped bit or a block out of place is found when read."""

import struct
import zlib

_PLACE = struct.Struct("<qqq")


def checksum(first: int, last: int, at: int, data: bytes) -> int:
    """CRC-32 of a block that holds the offsets `first` to `last`."""
    return zlib.crc32(data, zlib.crc32(_PLACE.pack(first, last, at)))
