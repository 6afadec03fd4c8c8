# Reads and writes safetensors files by the description of the format, with nothing but Python's own library.
#   safetensors.py dump FILE       name, type, sizes and the bytes in hexadecimal of each tensor, a line each; then the texts
#   safetensors.py copy FILE TO    the same tensors and texts, laid out in the opposite order
import json
import struct
import sys

SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        values = file.read()
    texts = header.pop("__metadata__", {})
    tensors = {}
    end = 0
    for name, of in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        first, last = of["data_offsets"]
        count = SIZES[of["dtype"]]
        for size in of["shape"]:
            count *= size
        assert first == end and last - first == count, name
        tensors[name] = (of["dtype"], of["shape"], values[first:last])
        end = last
    assert end == len(values)
    return tensors, texts


def write(path, tensors, texts):
    header = {"__metadata__": texts}
    at = 0
    for name, (dtype, shape, values) in tensors.items():
        header[name] = {"shape": shape, "data_offsets": [at, at + len(values)], "dtype": dtype}
        at += len(values)
    text = json.dumps(header, indent=1).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, values in tensors.values():
            file.write(values)


tensors, texts = read(sys.argv[2])
if sys.argv[1] == "dump":
    for name, (dtype, shape, values) in tensors.items():
        print(name, dtype, "x".join(map(str, shape)), values.hex())
    for key, text in sorted(texts.items()):
        print(key, text)
else:
    write(sys.argv[3], dict(reversed(tensors.items())), dict(reversed(sorted(texts.items()))))
