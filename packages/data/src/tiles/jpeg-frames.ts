/**
 * Looks for frames larger than `width` × `height` in a JPEG stream. A damaged header could claim 65,535 × 65,535 pixels, for which
 * a decoder in JavaScript takes all memory there is before it looks at the data. What is no JPEG passes.
 *
 * @throws Error for a frame that is too large
 */
export function checkJpegFrames(bytes: Uint8Array, width: number, height: number): void {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return;
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff && !isScan(bytes[at + 1]!)) {
    checkFrame(bytes, at, width, height);
    at += 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  // In a scan, and after anything odd, markers may begin anywhere.
  for (; at + 9 < bytes.length; at++) checkFrame(bytes, at, width, height);
}

const isScan = (marker: number) => marker === 0xda;

function checkFrame(bytes: Uint8Array, at: number, width: number, height: number): void {
  const marker = bytes[at + 1]!;
  if (bytes[at] !== 0xff || marker < 0xc0 || marker > 0xc2) return;
  const rows = (bytes[at + 5]! << 8) | bytes[at + 6]!;
  const columns = (bytes[at + 7]! << 8) | bytes[at + 8]!;
  if (columns > width || rows > height)
    throw new Error(`its JPEG data claims ${columns} × ${rows} pixels, more than a tile of ${width} × ${height}`);
}
