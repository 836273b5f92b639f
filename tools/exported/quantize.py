"""Makes `onnx/model_quantized.onnx`, with weights and activations of 8 bits, of an exported classifier of images.

    pip install onnx onnxruntime pillow
    python quantize.py FOLDER CALIBRATION [--test IMAGES]

FOLDER is what `npm run demo -- export` has written. CALIBRATION has images such as the model will see, some hundred of
them, in folders or not: the range of every activation is measured on them (static quantization, QDQ, one scale for each
output channel of a weight). With --test, it prints for how many images of another folder both files choose one class.

transformers.js takes this file by `dtype: "q8"`, the default in browsers. Dynamic quantization is no choice here: it does
nothing for convolutions.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=Path)
parser.add_argument("calibration", type=Path)
parser.add_argument("--test", type=Path)
args = parser.parse_args()
config = json.loads((args.folder / "preprocessor_config.json").read_text())


def images(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})


def pixel_values(path):
    """As `preprocessor_config.json` says, float32 [1, 3, height, width]."""
    image = Image.open(path).convert("RGB")
    size = config["size"]
    if "shortest_edge" in size:
        scale = size["shortest_edge"] / min(image.size)
        width, height = (round(side * scale) for side in image.size)
    else:
        width, height = size["width"], size["height"]
    image = image.resize((width, height), Image.Resampling(config["resample"]))
    if config["do_center_crop"]:
        crop = config["crop_size"]
        left, top = (image.width - crop["width"]) // 2, (image.height - crop["height"]) // 2
        image = image.crop((left, top, left + crop["width"], top + crop["height"]))
    x = np.asarray(image, np.float32) * config["rescale_factor"]
    x = (x - np.array(config["image_mean"], np.float32)) / np.array(config["image_std"], np.float32)
    return x.transpose(2, 0, 1)[None].astype(np.float32)


class Calibration(CalibrationDataReader):
    def __init__(self, paths):
        self.paths = iter(paths)

    def get_next(self):
        path = next(self.paths, None)
        return None if path is None else {"pixel_values": pixel_values(path)}


plain = args.folder / "onnx" / "model.onnx"
quantized = args.folder / "onnx" / "model_quantized.onnx"
calibration = images(args.calibration)
if not calibration:
    raise SystemExit(f"quantize: expected images in {args.calibration}, got none.")
with tempfile.TemporaryDirectory() as home:
    prepared = Path(home) / "prepared.onnx"
    quant_pre_process(plain, prepared, skip_symbolic_shape=True)  # folds what follows a convolution into it
    written = Path(home) / "quantized.onnx"
    quantize_static(
        prepared,
        written,
        Calibration(calibration),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        reduce_range=False,
        calibrate_method=CalibrationMethod.MinMax,
    )
    quantized.write_bytes(written.read_bytes())
print(f"{quantized}: {quantized.stat().st_size:,} bytes, of {plain.stat().st_size:,}; {len(calibration)} images")

if args.test:
    paths = images(args.test)
    sessions = [onnxruntime.InferenceSession(path) for path in (plain, quantized)]
    same = 0
    for path in paths:
        first, second = (s.run(["logits"], {"pixel_values": pixel_values(path)})[0].argmax() for s in sessions)
        same += int(first == second)
    print(f"one class for {same} of {len(paths)} images ({100 * same / len(paths):.1f} %)")
