/** Reads seeded damaged copies of a small tiled TIFF, in a process of its own, as native code may end it. Prints an `Outcome`. */
import { writeFile } from "node:fs/promises";
import { rng, subSeed } from "@fovea/nn";
import sharp, { type TiffOptions } from "sharp";
import { geotiffSource, tiledImage, type TileSource } from "../../src/index.js";
import { waves } from "./expected.js";

interface Options {
  readonly file: string;
  readonly tiff: TiffOptions;
  readonly copies: number;
}

const { file, tiff, copies } = JSON.parse(process.argv[2]!) as Options;
sharp.cache(false); // it knows files by their path
const { data, width, height } = waves(150, 90);
const whole = await sharp(data, { raw: { width, height, channels: 3 } })
  .tiff({ ...tiff, tile: true, tileWidth: 64, tileHeight: 64, pyramid: true })
  .toBuffer();
const header = tiff.bigtiff ? Number(whole.readBigUInt64LE(8)) : whole.readUInt32LE(4); // where the first directory is

/** One copy in five is cut short; of the others half are changed in a directory, half anywhere, in one to three places. */
function damaged(seed: number): Uint8Array {
  const bytes = new Uint8Array(whole);
  const draw = rng(subSeed(seed, "damage"));
  if (seed % 5 === 0) return bytes.subarray(0, draw.integer(whole.length));
  for (let place = 0; place <= seed % 3; place++) {
    const at = draw.split(place);
    const index = seed % 2 === 0 ? Math.min(header + at.integer(300), whole.length - 1) : at.integer(whole.length);
    bytes[index] = at.split("value").integer(256);
  }
  return bytes;
}

const outcome = { read: 0, refused: 0, wrong: [] as string[] };

async function attempt(what: string, task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
    outcome.read++;
  } catch (error) {
    outcome.refused++;
    if (!(error instanceof Error && error.message.startsWith(`${file}: `)))
      outcome.wrong.push(`${what}: ${String(error)}`);
  }
}

async function readAll(what: string, source: TileSource): Promise<void> {
  const regions = [
    [{ left: 0, top: 0, width: 70, height: 70 }, 1],
    [{ left: 64, top: 40, width: 86, height: 50 }, 0.5],
    [{ left: 0, top: 0, width: 150, height: 90 }, 0.25],
  ] as const;
  for (const [region, scale] of regions)
    await attempt(what, async () => {
      const pixels = await source.read(region, scale);
      const expected = Math.round(region.width * scale) * Math.round(region.height * scale) * 3;
      if (pixels.data.length !== expected) throw new Error(`${pixels.data.length} bytes`);
    });
}

for (let seed = 0; seed < copies; seed++) {
  await writeFile(file, damaged(seed));
  for (const open of [tiledImage, geotiffSource]) {
    const what = `${open.name}, seed ${seed}`;
    await attempt(what, async () => {
      const source = await open(file);
      await readAll(what, source);
      await source.close();
    });
  }
}
console.log(JSON.stringify(outcome));
