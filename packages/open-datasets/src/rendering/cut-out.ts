import sharp from "sharp";

/** An image as sharp opens it: the bytes of an SVG, or the path of an SVG or WebP file. */
export type Drawing = Buffer | string;

/** RGB times alpha, and alpha, row by row: what can be interpolated without dark or light fringes. */
export interface Cutout {
  readonly size: number;
  /** [size, size, 4], 0 … 255 */
  readonly data: Uint8Array;
}

/** The drawing alone, as large as fits into `size` × `size` pixels. */
export async function cutOut(drawing: Drawing, size: number): Promise<Cutout> {
  const { width } = await sharp(drawing).metadata();
  const data = await sharp(drawing, { density: (72 * size) / width }) // an SVG is drawn at the size it is needed in
    .resize(size, size, { fit: "contain", background: "#0000" })
    .ensureAlpha()
    .raw()
    .toBuffer();
  for (let i = 0; i < data.length; i += 4)
    for (let c = i; c < i + 3; c++) data[c] = (data[c]! * data[i + 3]!) / 255 + 0.5;
  return { size, data };
}
