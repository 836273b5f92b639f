"""Reads the file of weights and inputs that the bench writes: https://huggingface.co/docs/safetensors."""

import json
import struct

import torch

DTYPES = {"F32": torch.float32, "I32": torch.int32, "BOOL": torch.bool}


def read(path):
    """Tensors by name, as views of one buffer."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = bytearray(file.read())
    header.pop("__metadata__", None)

    def tensor(entry):
        dtype, (begin, end) = DTYPES[entry["dtype"]], entry["data_offsets"]
        count = (end - begin) // dtype.itemsize
        return torch.frombuffer(body, dtype=dtype, count=count, offset=begin).reshape(entry["shape"])

    return {name: tensor(entry) for name, entry in header.items()}
