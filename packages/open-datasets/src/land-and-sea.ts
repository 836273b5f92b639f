import type { LabelledImage, LabelMap, SegmentationItem, SegmentationSet } from "@fovea/data";
import { requireCounts, rng, type Rng } from "@fovea/nn";
import { sourcesOf, type Source } from "./attribution.js";
import { refuse } from "./checks.js";
import { withoutCoast } from "./earth/coast.js";
import { landMask } from "./earth/land.js";
import type { SplitCounts } from "./fine-grained.js";
import { blueMarble } from "./rendering/backgrounds.js";

/** West and east in degrees, −180 … 180. */
export type Longitudes = readonly [west: number, east: number];

/** What `landAndSea` is made from. Plain JSON. */
export interface LandAndSeaConfig {
  /** Images of each split. Default { train: 384, validation: 64, test: 128 }. */
  readonly images?: SplitCounts | undefined;
  /** Width and height of the images, in pixels of about 10 km at the equator. Default 128. */
  readonly size?: number | undefined;
  /**
   * The part of the Earth that each split shows; no two may touch. Default: train −20 … 170 (Europe, Africa, Asia,
   * Australia), validation −180 … −95 (the west of America), test −90 … −25 (its east).
   */
  readonly longitudes?:
    | {
        readonly train?: Longitudes | undefined;
        readonly validation?: Longitudes | undefined;
        readonly test?: Longitudes | undefined;
      }
    | undefined;
  /** South and north in degrees. Default [−60, 75]: south of it are ice shelves, which look like land and are sea. */
  readonly latitudes?: readonly [south: number, north: number] | undefined;
  /** The least share of an image that is land, and that is sea, 0 … 0.5. Default 0.1. */
  readonly least?: number | undefined;
  /** Pixels that are nearer to the coast than so many are ignored. Default 0. */
  readonly coast?: number | undefined;
  /** Changes the places of all images. Default 0. */
  readonly seed?: number | undefined;
}

/** Three segmentation sets of different parts of the Earth. */
export interface LandAndSea {
  readonly name: string;
  /** "sea" and "land". */
  readonly classes: readonly string[];
  readonly train: SegmentationSet;
  readonly validation: SegmentationSet;
  readonly test: SegmentationSet;
  /** The sources to credit wherever the images are shown. */
  readonly attribution: readonly Source[];
}

const resolveLandAndSea = (config: LandAndSeaConfig) => ({
  images: {
    train: config.images?.train ?? 384,
    validation: config.images?.validation ?? 64,
    test: config.images?.test ?? 128,
  },
  size: config.size ?? 128,
  longitudes: {
    train: config.longitudes?.train ?? ([-20, 170] as const),
    validation: config.longitudes?.validation ?? ([-180, -95] as const),
    test: config.longitudes?.test ?? ([-90, -25] as const),
  },
  latitudes: config.latitudes ?? ([-60, 75] as const),
  least: config.least ?? 0.1,
  coast: config.coast ?? 0,
  seed: config.seed ?? 0,
});

type Resolved = ReturnType<typeof resolveLandAndSea>;

/**
 * Pieces of NASA's photograph of the Earth, with Natural Earth's land as the class of every pixel: real images with
 * labels that were drawn without them. Lakes count as land, but the Caspian Sea is sea. The splits show different
 * longitudes. An image depends on `seed`, split and its number only.
 *
 * @throws RangeError for splits that touch, or a number out of its range; from `load` if the part of a split has no
 *   such image
 */
export function landAndSea(config: LandAndSeaConfig = {}): LandAndSea {
  const resolved = resolveLandAndSea(config);
  requireLandAndSea(resolved);
  const setOf = (split: Split): SegmentationSet => ({
    name: `land-and-sea/${split}`,
    classes: CLASSES,
    ignore: IGNORE,
    skipped: [],
    items: Array.from({ length: resolved.images[split] }, (_, i): SegmentationItem => {
      const load = () => piece(resolved, split, i);
      return { id: `${split}/${i}`, load, loadLabels: async () => (await load()).labels };
    }),
  });
  return {
    name: "land-and-sea",
    classes: CLASSES,
    train: setOf("train"),
    validation: setOf("validation"),
    test: setOf("test"),
    attribution: sourcesOf(["three-globe", "world-atlas"]),
  };
}

type Split = keyof Resolved["images"];

const MAKER = "landAndSea";
const CLASSES = ["sea", "land"];
const IGNORE = 255;

/** Pixels of the whole map. */
const [WIDTH, HEIGHT] = [4096, 2048];

let land: Promise<Uint8Array> | undefined;

async function piece(config: Resolved, split: Split, index: number): Promise<LabelledImage> {
  const { size, coast, seed } = config;
  const [photo, mask] = await Promise.all([blueMarble(), (land ??= landMask(WIDTH, HEIGHT, "10m"))]);
  const labels = placed(config, split, rng(seed).split(MAKER, split, index), mask);
  const image = new Uint8Array(size * size * 3);
  for (let row = 0; row < size; row++) {
    const from = ((labels.top + row) * WIDTH + labels.left) * 3;
    image.set(photo.data.subarray(from, from + size * 3), row * size * 3);
  }
  const map: LabelMap = { width: size, height: size, data: labels.data };
  return {
    image: { width: size, height: size, channels: 3, data: image },
    labels: coast === 0 ? map : withoutCoast(map, coast, IGNORE),
  };
}

const TRIES = 10_000;

/** The first of random places that has enough of both classes. */
function placed({ size, longitudes, latitudes, least }: Resolved, split: Split, random: Rng, mask: Uint8Array) {
  const [west, east] = longitudes[split].map((degrees) => ((degrees + 180) / 360) * WIDTH) as [number, number];
  const [south, north] = latitudes.map((degrees) => ((90 - degrees) / 180) * HEIGHT) as [number, number];
  const [columns, rows] = [Math.floor(east) - Math.ceil(west) - size, Math.floor(south) - Math.ceil(north) - size];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const left = Math.ceil(west) + random.split(attempt, "left").integer(columns + 1);
    const top = Math.ceil(north) + random.split(attempt, "top").integer(rows + 1);
    const data = new Uint8Array(size * size);
    for (let row = 0; row < size; row++) {
      const from = (top + row) * WIDTH + left;
      data.set(mask.subarray(from, from + size), row * size);
    }
    const share = data.reduce((sum, id) => sum + id, 0) / data.length;
    if (Math.min(share, 1 - share) >= least) return { left, top, data };
  }
  throw new RangeError(`${MAKER}: found no image of ${split} with ${least} of land and of sea; lower \`least\`.`);
}

function requireLandAndSea({ images, size, longitudes, latitudes, least, coast }: Resolved): void {
  for (const [split, count] of Object.entries(images)) requireCounts(MAKER, { [`images.${split}`]: count });
  requireCounts(MAKER, { size });
  requireCounts(MAKER, { coast }, 0);
  if (!(least >= 0 && least <= 0.5)) refuse(MAKER, "`least` must be in 0 … 0.5", least);
  requireRange("latitudes", latitudes, 90, (size / HEIGHT) * 180);
  const ranges = Object.entries(longitudes);
  for (const [split, range] of ranges) requireRange(`longitudes.${split}`, range, 180, (size / WIDTH) * 360);
  for (const [i, [a, [west, east]]] of ranges.entries())
    for (const [b, other] of ranges.slice(i + 1))
      if ([-360, 0, 360].some((turn) => west <= other[1] + turn && other[0] + turn <= east))
        refuse(
          MAKER,
          `\`longitudes\` of two splits must not touch`,
          `${a} ${west} … ${east}, ${b} ${other.join(" … ")}`,
        );
}

/** @param room - degrees that an image needs */
function requireRange(name: string, [low, high]: readonly [number, number], most: number, room: number): void {
  if (!(low >= -most && high <= most && high - low > room))
    refuse(MAKER, `\`${name}\` must rise within −${most} … ${most}, and have room for an image`, `${low} … ${high}`);
}
