# Reads an event file of TensorBoard with nothing but Python's own library, and prints a line for each event.
import struct
import sys
import zlib

sys.dont_write_bytecode = True  # beside the sources
from wire import fields  # noqa: E402


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def check(data, masked):
    crc = crc32c(data)
    assert ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF == masked, "a checksum is wrong"


def picture(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        body = png[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size)[0] == zlib.crc32(kind + body)
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    return len(zlib.decompress(packed))


def show(step, value):
    value = dict(fields(value))
    tag = value[1].decode()
    if 2 in value:
        print("scalar", tag, step, repr(value[2]))
    if 4 in value:
        image = dict(fields(value[4]))
        print("image", tag, step, image[1], image[2], image[3], picture(image[4]))
    if 5 in value:
        histogram = dict(fields(value[5]))
        counts = struct.unpack("<%dd" % (len(histogram[7]) // 8), histogram[7])
        assert len(histogram[6]) == len(histogram[7])
        print("histogram", tag, step, histogram[1], histogram[2], histogram[3], " ".join("%g" % count for count in counts))


with open(sys.argv[1], "rb") as file:
    while header := file.read(12):
        length, masked = struct.unpack("<QI", header)
        check(header[:8], masked)
        data = file.read(length)
        check(data, struct.unpack("<I", file.read(4))[0])
        event = list(fields(data))
        step = dict(event).get(2, 0)
        for number, content in event:
            if number == 3:
                print("version", content.decode())
            if number == 5:
                for one, value in fields(content):
                    show(step, value)
            if number == 7:
                print("start", step)
