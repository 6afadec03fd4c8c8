# The wire format of protobuf, with nothing but Python's own library.
import struct


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, value) of each field of a message, in their order; whole numbers with their sign, in 64 bits."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
            value -= (value >> 63) << 64
        elif kind == 2:
            length, at = varint(data, at)
            if at + length > len(data):
                raise ValueError("a field is longer than its message")
            value, at = data[at:at + length], at + length
        elif kind in (1, 5):
            value = struct.unpack_from({1: "<d", 5: "<f"}[kind], data, at)[0]
            at += {1: 8, 5: 4}[kind]
        else:
            raise ValueError(f"wire type {kind}")
        yield tag >> 3, value
