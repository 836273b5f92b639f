import sharp from "sharp";
import { packagePath } from "../packages.js";

/** A photograph, RGB, row by row. */
export interface Photo {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const BLUE_MARBLE = "earth-blue-marble.jpg";
const files = [BLUE_MARBLE, "earth-day.jpg"] as const;
const WIDTH = 2048;

let photos: Promise<readonly Photo[]> | undefined;

/** The Earth from orbit, twice; [1024, 2048] pixels each, read once. */
export const earthPhotos = (): Promise<readonly Photo[]> =>
  (photos ??= Promise.all(files.map((file) => read(file, WIDTH))));

let marble: Promise<Photo> | undefined;

/**
 * The first of them at its full size, [2048, 4096] pixels: columns are longitudes from −180°, rows latitudes from 90°.
 */
export const blueMarble = (): Promise<Photo> => (marble ??= read(BLUE_MARBLE, 2 * WIDTH));

async function read(file: string, width: number): Promise<Photo> {
  const path = packagePath("three-globe", `../example/img/${file}`, "three-globe"); // which is dist/three-globe.mjs
  const { data, info } = await sharp(path).resize({ width }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
