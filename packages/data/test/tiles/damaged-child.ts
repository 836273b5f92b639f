// Reads damaged copies of small images, in a process of its own, as native code may end it. Prints their outcomes.
import { readFile, writeFile } from "node:fs/promises";
import { rng, subSeed } from "@fovea/nn";
import sharp, { type TiffOptions } from "sharp";
import { geotiffSource, type TileSource } from "../../src/index.js";
import { tiledImage } from "../../src/node/index.js";
import { waves } from "./expected.js";

export interface Options {
  /** Where the copies are written. */
  readonly file: string;
  /** How the image is written; a PNG without. Or the path of a TIFF, as small. */
  readonly tiff?: TiffOptions | string | undefined;
  /** Of random damage. */
  readonly copies: number;
  /** Whether those with one damaged byte in their header are read too. */
  readonly headers: boolean;
}

/** What was found over all damaged copies of one file, for both readers. */
export interface Outcome {
  readonly read: number;
  readonly refused: number;
  /** Most pixels that a copy which could be opened claims to have; the image has 150 × 90. */
  readonly largest: number;
  /** Anything but an Error that names the file. */
  readonly wrong: readonly string[];
}

async function bytesOf(tiff: Options["tiff"]): Promise<Buffer> {
  if (typeof tiff === "string") return readFile(tiff);
  const { data, width, height } = waves(150, 90);
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  const tiles = { tile: true, tileWidth: 64, tileHeight: 64, pyramid: true } as const;
  return (tiff ? image.tiff({ ...tiles, ...tiff }) : image.png()).toBuffer();
}

/** Where the first directory is, and how long. A PNG begins with it. */
function directoryOf(bytes: Buffer, isTiff: boolean): readonly [start: number, length: number] {
  if (!isTiff) return [0, 64];
  const big = bytes[2] === 43;
  const start = big ? Number(bytes.readBigUInt64LE(8)) : bytes.readUInt32LE(4);
  return [start, big ? 8 + 20 * Number(bytes.readBigUInt64LE(start)) : 2 + 12 * bytes.readUInt16LE(start)];
}

type Damaged = readonly [what: string, bytes: Uint8Array];

/**
 * One copy in five is cut short; of the others half are changed in a directory, half anywhere, in one to three places.
 */
function damaged(whole: Buffer, header: number, seed: number): Uint8Array {
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

/**
 * One byte of the header or of the first directory, as 0 or 255 in turn: the low byte of a little-endian number is 0,
 * the next 255.
 */
function* inHeader(whole: Buffer, header: number, length: number): Generator<Damaged> {
  for (let i = 0; i < 16 + length; i++) {
    const [at, value] = [i < 16 ? i : header + i - 16, i % 2 === 0 ? 0 : 255];
    const bytes = new Uint8Array(whole);
    if (bytes[at] === value) continue;
    bytes[at] = value;
    yield [`byte ${at} as ${value}`, bytes];
  }
}

async function* copiesOf({ tiff, copies, headers }: Options): AsyncGenerator<Damaged> {
  const whole = await bytesOf(tiff);
  const [header, length] = directoryOf(whole, tiff !== undefined);
  if (headers) yield* inHeader(whole, header, length);
  for (let seed = 0; seed < copies; seed++) yield [`seed ${seed}`, damaged(whole, header, seed)];
}

async function outcomeOf(options: Options): Promise<Outcome> {
  const { file } = options;
  const outcome = { read: 0, refused: 0, largest: 0, wrong: [] as string[] };

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

  for await (const [what, bytes] of copiesOf(options)) {
    await writeFile(file, bytes);
    for (const open of [tiledImage, geotiffSource])
      await attempt(`${open.name}, ${what}`, async () => {
        const source = await open(file);
        outcome.largest = Math.max(outcome.largest, source.width * source.height);
        await readAll(`${open.name}, ${what}`, source);
        await source.close();
      });
  }
  return outcome;
}

const outcomes: Outcome[] = [];
for (const options of JSON.parse(process.argv[2]!) as Options[]) {
  console.error(JSON.stringify(options)); // what was read last, should the process end
  outcomes.push(await outcomeOf(options));
}
console.log(JSON.stringify(outcomes));
