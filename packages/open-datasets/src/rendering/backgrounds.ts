import sharp from "sharp";
import { packagePath } from "../packages.js";

/** A photograph, RGB, row by row. */
export interface Photo {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const files = ["earth-blue-marble.jpg", "earth-day.jpg"] as const;
const WIDTH = 2048;

let photos: Promise<readonly Photo[]> | undefined;

/** The Earth from orbit, twice; [1024, 2048] pixels each, read once. */
export const earthPhotos = (): Promise<readonly Photo[]> => (photos ??= Promise.all(files.map(read)));

async function read(file: string): Promise<Photo> {
  const path = packagePath("three-globe", `../example/img/${file}`, "three-globe"); // which is dist/three-globe.mjs
  const { data, info } = await sharp(path)
    .resize({ width: WIDTH })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
