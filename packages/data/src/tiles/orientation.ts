import type { Pixels, Region } from "@fovea/nn";
import type { PyramidLevel } from "./pyramid-source.js";

/** The steps of an EXIF orientation on the stored image: exchange rows and columns first, then mirror. */
interface Turn {
  readonly transposed: boolean;
  readonly mirrored: boolean;
  readonly upsideDown: boolean;
}

const turn = (transposed: boolean, mirrored: boolean, upsideDown: boolean): Turn => ({
  transposed,
  mirrored,
  upsideDown,
});

/** By orientation 1 … 8 (EXIF 2.32, table 6). */
const TURNS = [
  turn(false, false, false),
  turn(false, true, false),
  turn(false, true, true),
  turn(false, false, true),
  turn(true, false, false),
  turn(true, true, false),
  turn(true, true, true),
  turn(true, false, true),
] as const;

/** A stored resolution as it is to be viewed: its blocks are turned as they are read. */
export function upright(level: PyramidLevel, orientation: number): PyramidLevel {
  const { transposed, mirrored, upsideDown } = TURNS[orientation - 1] ?? TURNS[0];
  if (!transposed && !mirrored && !upsideDown) return level;
  const [width, height] = transposed ? [level.height, level.width] : [level.width, level.height];
  // Mirrored blocks begin at the far edge, so that they take parts of stored ones: a page is read by any rectangle.
  const stored = ({ left, top, width: w, height: h }: Region): Region => {
    const [x, y] = [mirrored ? width - left - w : left, upsideDown ? height - top - h : top];
    return transposed ? { left: y, top: x, width: h, height: w } : { left: x, top: y, width: w, height: h };
  };
  const [blockWidth, blockHeight] = transposed
    ? [level.blockHeight, level.blockWidth]
    : [level.blockWidth, level.blockHeight];
  const read = async (block: Region) => turned(await level.read(stored(block)), { transposed, mirrored, upsideDown });
  return { ...level, width, height, blockWidth, blockHeight, read };
}

function turned({ width: w, height: h, data }: Pixels, { transposed, mirrored, upsideDown }: Turn): Pixels {
  const [width, height] = transposed ? [h, w] : [w, h];
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = [mirrored ? width - 1 - x : x, upsideDown ? height - 1 - y : y];
      const from = (transposed ? u * w + v : v * w + u) * 3;
      const to = (y * width + x) * 3;
      out[to] = data[from]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + 2]!;
    }
  return { width, height, channels: 3, data: out };
}
