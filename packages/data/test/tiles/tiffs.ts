/** One image of a TIFF: `samples` interleaved, `depth` bytes each, cut into tiles or strips. */
export interface TiffImage {
  readonly width: number;
  readonly height: number;
  /** Sides of a tile; or of a strip, whose width is the image's. */
  readonly tile: number;
  readonly strips?: boolean;
  readonly samples: ArrayLike<number>;
  readonly perPixel: number;
  /** Bytes of a sample; 1/8 for a bit. */
  readonly depth?: 1 | 2 | 4 | 8 | 0.125;
  /** SampleFormat: 1 unsigned, 2 signed, 3 floating point; of 2 bytes the samples are then given as whole numbers. */
  readonly format?: 1 | 2 | 3;
  /** Whether each sample has tiles of its own. */
  readonly planar?: boolean;
  /** Whether whole numbers are stored as differences (predictor 2). */
  readonly differences?: boolean;
  readonly compression?: { readonly code: number; encode(bytes: Uint8Array): Uint8Array };
  /** Tiles that are left out, as sparse files do. */
  readonly missing?: readonly number[];
  /**
   * Tags beside or in place of the obvious ones, as shorts, or longs if need be; none for a tag that is to be left out.
   */
  readonly tags?: Readonly<Record<number, readonly number[]>>;
  /** Tags of bytes, or of text. */
  readonly blobs?: Readonly<Record<number, Uint8Array | string>>;
  readonly subifds?: readonly TiffImage[];
}

const [ASCII, SHORT, LONG, UNDEFINED] = [2, 3, 4, 7];
const SIZES: Readonly<Record<number, number>> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [UNDEFINED]: 1 };
type Field = readonly [type: number, values: ArrayLike<number>];

/** A classic TIFF, written by the book (TIFF 6.0), for what sharp does not write. */
export function tiffOf(images: readonly TiffImage[], littleEndian = true): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const append = (bytes: Uint8Array): number => {
    const start = length + (length % 2);
    if (start > length) chunks.push(new Uint8Array(1));
    chunks.push(bytes);
    length = start + bytes.length;
    return start;
  };
  const links: (readonly [at: number, value: number])[] = []; // longs that are known only later
  const bytesOf = ([type, values]: Field): Uint8Array => {
    const [size, bytes] = [SIZES[type]!, new Uint8Array(SIZES[type]! * values.length)];
    for (let i = 0; i < values.length; i++)
      put(new DataView(bytes.buffer), i * size, size, 1, values[i]!, littleEndian);
    return bytes;
  };
  append(Uint8Array.from([...(littleEndian ? [0x49, 0x49, 42, 0] : [0x4d, 0x4d, 0, 42]), 0, 0, 0, 0]));

  /** Writes the directory and returns where it is, and where the offset of the next one belongs. */
  const directory = (image: TiffImage): readonly [start: number, link: number] => {
    const blocks = blocksOf(image, littleEndian);
    const offsets = blocks.map((bytes) => (bytes ? append(bytes) : 0));
    const children = (image.subifds ?? []).map((child) => directory(child)[0]);
    const fields = fieldsOf(image, offsets, blocks, children);
    const head = new Uint8Array(2 + 12 * fields.length + 4);
    const view = new DataView(head.buffer);
    view.setUint16(0, fields.length, littleEndian);
    fields.forEach(([tag, field], i) => {
      const [at, bytes] = [2 + 12 * i, bytesOf(field)];
      view.setUint16(at, tag, littleEndian);
      view.setUint16(at + 2, field[0], littleEndian);
      view.setUint32(at + 4, field[1].length, littleEndian);
      if (bytes.length <= 4) head.set(bytes, at + 8);
      else view.setUint32(at + 8, append(bytes), littleEndian);
    });
    const start = append(head);
    return [start, start + head.length - 4];
  };
  let link = 4;
  for (const image of images) {
    const [start, next] = directory(image);
    links.push([link, start]);
    link = next;
  }
  const file = new Uint8Array(Buffer.concat(chunks));
  for (const [at, value] of links) new DataView(file.buffer).setUint32(at, value, littleEndian);
  return file;
}

function fieldsOf(
  image: TiffImage,
  offsets: readonly number[],
  blocks: readonly (Uint8Array | null)[],
  children: readonly number[],
): (readonly [tag: number, field: Field])[] {
  const { width, height, tile, perPixel, depth = 1, format = 1, strips, planar, differences, compression } = image;
  const counts = blocks.map((bytes) => bytes?.length ?? 0);
  const places: Record<number, Field> = strips
    ? { 273: [LONG, offsets], 278: [LONG, [tile]], 279: [LONG, counts] }
    : { 322: [LONG, [tile]], 323: [LONG, [tile]], 324: [LONG, offsets], 325: [LONG, counts] };
  const text = (value: string) => new TextEncoder().encode(`${value}\0`);
  const fields: Record<number, Field> = {
    256: [LONG, [width]],
    257: [LONG, [height]],
    258: [SHORT, Array<number>(perPixel).fill(8 * depth)],
    259: [SHORT, [compression?.code ?? 1]],
    262: [SHORT, [perPixel >= 3 ? 2 : 1]],
    277: [SHORT, [perPixel]],
    284: [SHORT, [planar ? 2 : 1]],
    ...places,
    ...(differences && { 317: [SHORT, [2]] }),
    ...(format !== 1 && { 339: [SHORT, Array<number>(perPixel).fill(format)] }),
    ...(children.length > 0 && { 330: [LONG, children] }),
    ...Object.fromEntries(
      Object.entries(image.tags ?? {}).map(([tag, values]) => [
        tag,
        [values.some((value) => value > 65_535) ? LONG : SHORT, values],
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(image.blobs ?? {}).map(([tag, value]) => [
        tag,
        typeof value === "string" ? [ASCII, text(value)] : [UNDEFINED, value],
      ]),
    ),
  };
  return Object.entries(fields) // whole numbers come in order
    .filter(([, [, values]]) => values.length > 0)
    .map(([tag, field]) => [Number(tag), field]);
}

/**
 * The tiles or strips, row by row and plane by plane; zero where they reach beyond the image, null where they are
 * missing.
 */
function blocksOf(image: TiffImage, littleEndian: boolean): (Uint8Array | null)[] {
  const { width, height, tile, strips, perPixel, planar, compression, missing } = image;
  const [across, stride] = [strips ? width : tile, planar ? 1 : perPixel];
  const blocks: (Uint8Array | null)[] = [];
  for (let plane = 0; plane < (planar ? perPixel : 1); plane++)
    for (let top = 0; top < height; top += tile)
      for (let left = 0; left < width; left += across) {
        if (missing?.includes(blocks.length)) {
          blocks.push(null);
          continue;
        }
        const rows = strips ? Math.min(tile, height - top) : tile;
        const at = (x: number, y: number, s: number) =>
          x < width && y < height ? image.samples[(y * width + x) * perPixel + s]! : 0;
        const shifted = (x: number, y: number, s: number) => at(left + x, top + y, s + plane);
        const bytes = packed(image, littleEndian, across, rows, shifted, stride);
        blocks.push(compression?.encode(bytes) ?? bytes);
      }
  return blocks;
}

function packed(
  { depth = 1, format = 1, differences = false }: TiffImage,
  littleEndian: boolean,
  width: number,
  rows: number,
  at: (x: number, y: number, sample: number) => number,
  stride: number,
): Uint8Array {
  const row = Math.ceil(width * stride * depth);
  const bytes = new Uint8Array(rows * row);
  const view = new DataView(bytes.buffer);
  for (let y = 0; y < rows; y++)
    for (let i = 0; i < width * stride; i++) {
      const [x, s] = [Math.floor(i / stride), i % stride];
      const value = differences && x > 0 ? at(x, y, s) - at(x - 1, y, s) : at(x, y, s);
      if (depth < 1) bytes[y * row + (i >> 3)]! |= value << (7 - (i & 7));
      else put(view, y * row + i * depth, depth, format, value, littleEndian);
    }
  return bytes;
}

function put(view: DataView, at: number, size: number, format: number, value: number, littleEndian: boolean): void {
  if (format === 3 && size === 4) view.setFloat32(at, value, littleEndian);
  else if (size === 8) view.setFloat64(at, value, littleEndian);
  else if (size === 4) view.setUint32(at, value, littleEndian);
  else if (size === 2) view.setUint16(at, value, littleEndian);
  else view.setUint8(at, value);
}
