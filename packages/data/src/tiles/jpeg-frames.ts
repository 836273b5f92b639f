/** The header of a JPEG stream. */
export interface JpegFrame {
  readonly columns: number;
  readonly rows: number;
  /** How often each component is sampled along columns and rows, against each other. */
  readonly sampling: readonly (readonly [columns: number, rows: number])[];
}

/**
 * The frame of a JPEG stream of one tile; null where there is none. A damaged header could claim 65,535 × 65,535
 * pixels, for which a decoder in JavaScript takes all memory there is before it reads the data. What is no JPEG
 * passes.
 *
 * @throws Error for a frame that is larger than `width` × `height`, or of another width
 */
export function jpegFrame(bytes: Uint8Array, width: number, height: number): JpegFrame | null {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  let [at, frame]: [number, JpegFrame | null] = [2, null];
  const readMarker = () => {
    const found = frameAt(bytes, at);
    if (found) requireSize(found, width, height);
    frame ??= found;
  };
  while (at + 9 < bytes.length && bytes[at] === 0xff && !isScan(bytes[at + 1]!)) {
    readMarker();
    at += 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  // In a scan, and after anything odd, markers may begin anywhere.
  for (; at + 9 < bytes.length; at++) readMarker();
  return frame;
}

const isScan = (marker: number) => marker === 0xda;

function frameAt(bytes: Uint8Array, at: number): JpegFrame | null {
  const marker = bytes[at + 1]!;
  if (bytes[at] !== 0xff || marker < 0xc0 || marker > 0xc2) return null;
  const sampling = Array.from({ length: bytes[at + 9]! }, (_, component) => {
    const factors = bytes[at + 11 + 3 * component] ?? 0;
    return [factors >> 4, factors & 15] as const;
  });
  return {
    rows: (bytes[at + 5]! << 8) | bytes[at + 6]!,
    columns: (bytes[at + 7]! << 8) | bytes[at + 8]!,
    sampling,
  };
}

function requireSize({ columns, rows }: JpegFrame, width: number, height: number): void {
  if (columns > width || rows > height)
    throw new Error(`its JPEG data claims ${columns} × ${rows} pixels, more than a tile of ${width} × ${height}`);
  if (columns < width) throw new Error(`its JPEG data claims ${columns} pixels a row, where a tile has ${width}`);
}
