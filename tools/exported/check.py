"""Checks exported files with Python's onnx and onnxruntime, and prints how far their outputs are from the golden ones.

    pip install onnx onnxruntime
    python check.py FOLDER FEEDS.json

Every file must pass ONNX's full check, and give the golden outputs for a batch of one and of seven.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

folder, feeds = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
types = {"float32": np.float32, "int32": np.int32, "uint8": np.uint8, "bool": np.bool_}


def array(tensor, batch):
    one = np.array(tensor["values"], types[tensor["type"]]).reshape(tensor["shape"])
    return np.concatenate([one] * batch)


for path in folder.glob("onnx/*.onnx"):
    onnx.checker.check_model(onnx.load(path), full_check=True)

errors = []
for feed in feeds:
    session = onnxruntime.InferenceSession(folder / "onnx" / f"{feed['model']}.onnx")
    is_batch = all(tensor["shape"][0] == 1 for tensor in feed["inputs"].values())
    for batch in (1, 7) if is_batch else (1,):
        inputs = {name: array(tensor, batch) for name, tensor in feed["inputs"].items()}
        results = session.run(list(feed["outputs"]), inputs)
        for (output, expected), actual in zip(feed["outputs"].items(), results):
            values = array(expected, batch)
            error = np.abs(actual - values).max() / max(1, np.abs(values).max())
            errors.append({"model": feed["model"], "batch": batch, "output": output, "error": float(error)})
print(json.dumps(errors))
