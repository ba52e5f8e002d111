"""How a block of records lies on disk: compressed, with a checksum over its place, so that damage is found."""

import struct
import zlib
from typing import NamedTuple

import lz4.block

from trackyard.model.errors import StorageError

_PLACE = struct.Struct("<qqq")


class Block(NamedTuple):
    """The offsets `first` to `last`, stored at `at` (ms UTC). `data` is compressed and covered by `crc`."""

    first: int
    last: int
    at: int
    crc: int
    data: bytes


def pack(first: int, last: int, at: int, content: bytes) -> Block:
    """`content` as it is stored."""
    data = lz4.block.compress(content)
    return Block(first, last, at, _checksum(first, last, at, data), data)


def unpack(block: Block, where: object) -> bytes:
    """What was packed. Raises `StorageError` naming `where` and the offsets if a single bit has changed since."""
    if block.crc != _checksum(block.first, block.last, block.at, block.data):
        raise StorageError(
            f"{where} is damaged: wrong checksum on offsets {block.first} to {block.last}; "
            "nothing was read from there; run `trackyard doctor`, then restore a copy"
        )
    content: bytes = lz4.block.decompress(block.data)
    return content


def _checksum(first: int, last: int, at: int, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(_PLACE.pack(first, last, at)))
