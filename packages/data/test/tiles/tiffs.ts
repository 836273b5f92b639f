/** One picture of a TIFF: `samples` interleaved, `depth` bytes each, cut into uncompressed tiles. */
export interface TiffPicture {
  readonly width: number;
  readonly height: number;
  readonly tile: number;
  readonly samples: ArrayLike<number>;
  readonly perPixel: number;
  readonly depth?: 1 | 2;
  /** Tags beside the obvious ones, as shorts. */
  readonly tags?: Readonly<Record<number, readonly number[]>>;
  readonly subifds?: readonly TiffPicture[];
}

const SHORT = 3;
const LONG = 4;

/** A classic TIFF, written by the book (TIFF 6.0), for what sharp does not write: SubIFDs, orientations, big-endian, rare samples. */
export function tiffOf(pictures: readonly TiffPicture[], littleEndian = true): Uint8Array {
  const bytes: number[] = [];
  const put = (at: number, size: number, value: number) => {
    for (let i = 0; i < size; i++) bytes[at + i] = (value >>> (8 * (littleEndian ? i : size - 1 - i))) & 255;
  };
  const append = (size: number, values: ArrayLike<number>) => {
    const start = bytes.length + (bytes.length % 2);
    if (start > bytes.length) bytes.push(0);
    Array.from(values, (value, i) => put(start + i * size, size, value));
    return start;
  };
  append(1, littleEndian ? [0x49, 0x49] : [0x4d, 0x4d]);
  append(2, [42]);
  append(4, [0]);

  const tilesOf = ({ width, height, tile, samples, perPixel, depth = 1 }: TiffPicture) => {
    const offsets: number[] = [];
    for (let top = 0; top < height; top += tile)
      for (let left = 0; left < width; left += tile)
        offsets.push(
          append(
            depth,
            Array.from({ length: tile * tile * perPixel }, (_, i) => {
              const [x, y] = [left + (Math.floor(i / perPixel) % tile), top + Math.floor(i / perPixel / tile)];
              return x < width && y < height ? samples[(y * width + x) * perPixel + (i % perPixel)]! : 0;
            }),
          ),
        );
    return offsets;
  };
  /** Writes the directory and returns where it is, and where the offset of the next one belongs. */
  const directory = (picture: TiffPicture): readonly [start: number, link: number] => {
    const { width, height, tile, perPixel, depth = 1, tags = {}, subifds = [] } = picture;
    const offsets = tilesOf(picture);
    const children = subifds.map((child) => directory(child)[0]);
    const fields: Record<number, readonly [type: number, values: readonly number[]]> = {
      256: [LONG, [width]],
      257: [LONG, [height]],
      258: [SHORT, Array<number>(perPixel).fill(8 * depth)],
      259: [SHORT, [1]],
      262: [SHORT, [perPixel >= 3 ? 2 : 1]],
      277: [SHORT, [perPixel]],
      284: [SHORT, [1]],
      322: [LONG, [tile]],
      323: [LONG, [tile]],
      324: [LONG, offsets],
      325: [LONG, offsets.map(() => tile * tile * perPixel * depth)],
      ...(children.length > 0 ? { 330: [LONG, children] } : {}),
      ...Object.fromEntries(Object.entries(tags).map(([tag, values]) => [tag, [SHORT, values]])),
    };
    const entries = Object.entries(fields).map(([tag, [type, values]]) => {
      const size = type === SHORT ? 2 : 4;
      const far = size * values.length > 4 ? append(size, values) : null;
      return { tag: Number(tag), type, size, values, far };
    });
    const start = append(2, [entries.length]);
    for (const { tag, type, size, values, far } of entries) {
      const at = bytes.length;
      put(at, 2, tag);
      put(at + 2, 2, type);
      put(at + 4, 4, values.length);
      put(at + 8, 4, 0);
      if (far === null) values.forEach((value, i) => put(at + 8 + i * size, size, value));
      else put(at + 8, 4, far);
    }
    return [start, append(4, [0])];
  };
  let link = 4;
  for (const picture of pictures) {
    const [start, next] = directory(picture);
    put(link, 4, start);
    link = next;
  }
  return Uint8Array.from(bytes);
}
