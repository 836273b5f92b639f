"""Opens label maps with Pillow, and prints what it finds, one line of JSON a file.

    pip install pillow
    python label_map.py map.png map.tif

`ids` says how often each id occurs, `sha256` is the digest of the ids row by row (of 16 bits: the low byte first), and
`color` the colour that a viewer shows for the largest id. A palette file has mode P: its ids are the numbers that
Pillow gives, never `convert("RGB")` of them.
"""

import collections
import hashlib
import json
import sys

from PIL import Image

Image.MAX_IMAGE_PIXELS = None
for path in sys.argv[1:]:
    image = Image.open(path)
    numbers = image if image.mode in ("P", "L", "1") else image.convert("I;16")
    data = numbers.tobytes()
    width = 2 if numbers.mode == "I;16" else 1
    ids = [int.from_bytes(data[i : i + width], "little") for i in range(0, len(data), width)]
    counts = collections.Counter(ids)
    place = ids.index(max(ids))
    corner = (place % image.width, place // image.width)
    print(
        json.dumps(
            {
                "mode": image.mode,
                "size": image.size,
                "ids": {str(i): counts[i] for i in sorted(counts)},
                "sha256": hashlib.sha256(data).hexdigest(),
                "color": image.convert("RGB").getpixel(corner) if image.mode == "P" else None,
            }
        )
    )
