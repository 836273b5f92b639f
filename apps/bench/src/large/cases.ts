import type { CaseInfo } from "../cases/case.js";
import type { Row } from "../row.js";
import { BASE, fraction, type Settings } from "./settings.js";

/** The networks, which differ in what they give to the feature network that they share. */
export const NETWORKS = ["full", "down-scaled", "attention", "zoom-in"] as const;
export type Network = (typeof NETWORKS)[number];

/** The sources of tiles. */
export const SOURCES = ["tiled-image", "geotiff", "deep-zoom", "pixels", "tensor", "scene"] as const;
export type SourceName = (typeof SOURCES)[number];

/** A case that measures a network on a large image. */
export interface NetworkCase extends CaseInfo {
  readonly network: Network;
  readonly settings: Settings;
  /** Bytes of decoded blocks that are kept. */
  readonly cacheBytes: number;
}

/** A case that reads tiles from a source, those of a batch at once. */
export interface SourceCase extends CaseInfo {
  readonly source: SourceName;
  /** Scale at which a tile is read; 1 is full resolution. */
  readonly scale: number;
}

/** The segmenters. */
export const SEGMENTERS = ["small", "psp-resnet-18"] as const;
export type SegmenterName = (typeof SEGMENTERS)[number];

/** A case that segments a large image by a sliding window, and writes its label map. */
export interface SegmentCase extends CaseInfo {
  readonly segmenter: SegmenterName;
  /** Side of a window, and the most pixels from one window to the next. */
  readonly window: number;
  readonly stride: number;
  /** Bytes of decoded blocks that are kept. */
  readonly cacheBytes: number;
}

export type LargeCase = NetworkCase | SourceCase | SegmentCase;

/** The values that are changed, one at a time, to tell the terms of a network's law apart. */
const VARIATIONS: Readonly<Record<Network, { readonly [Name in keyof Settings]?: readonly number[] }>> = {
  full: {},
  "down-scaled": { scale: [1 / 16, 1 / 4] },
  attention: { samples: [4, 16], scale: [1 / 4, 1 / 2], patch: [128, 192] },
  // two stages at the same scale could not be told apart
  "zoom-in": { samples: [4, 16], scale: [1 / 16, 3 / 16], secondScale: [3 / 8, 1 / 2], patch: [128, 192] },
};

const CACHE_BYTES = 2 ** 26;
/** A larger image fills more of a cache, so that images whose memory is compared get little: one row of blocks. */
const SMALL_CACHE_BYTES = 2 ** 22;

const SIDES = { full: [1000, 2000, 4000], tiny: 0 } as const;
const SMALL_SIDES = { full: [512], tiny: 0 } as const;

/**
 * For the width of the image segmentation keeps the sums of the overlap of windows, and the labels of a stride of rows:
 * so windows overlap by little. Smaller windows would take less memory still, but more blocks would be decoded twice.
 */
const WINDOWS = { window: 513, stride: 481 } as const;

/**
 * Everything that the large suite measures: `size/*`, every network by the side of the image; `law/*`, the same with
 * one setting changed; `huge/*`, predictions of Zoom-In on very large images; `segment/*`, label maps of images up to
 * very large ones; `source/*`, reading alone.
 *
 * @param quick - small images
 */
export function largeCases(quick = false): LargeCase[] {
  const shared = { batch: 1, image: quick ? SMALL_SIDES : SIDES, multiView: false, cacheBytes: CACHE_BYTES };
  const sizes = NETWORKS.map((network) => ({ ...shared, name: `size/${network}`, network, settings: BASE }));
  const laws = sizes.flatMap((one) =>
    variationsOf(one.network).map(({ name, settings }) => {
      const image = { ...one.image, at: "middle" } as const;
      return { ...one, name: `law/${one.network}-${name}`, settings, image };
    }),
  );
  const huge: NetworkCase = {
    ...{ ...shared, name: "huge/zoom-in", network: "zoom-in", settings: BASE, cacheBytes: SMALL_CACHE_BYTES },
    ...{ image: { full: quick ? [512, 1024] : [10_000, 20_000], tiny: 0 }, modes: ["infer"] },
  };
  const sources = SOURCES.flatMap((source) =>
    Object.entries({ tiles: 1, views: BASE.scale }).map(([what, scale]): SourceCase => {
      const sizes = { batch: [1, 8], image: { ...shared.image, at: "largest" }, multiView: false } as const;
      return { ...sizes, name: `source/${source}-${what}`, modes: ["read"], source, scale };
    }),
  );
  const segments = SEGMENTERS.map((segmenter): SegmentCase => ({
    ...{ ...shared, name: `segment/${segmenter}`, segmenter, ...WINDOWS, cacheBytes: SMALL_CACHE_BYTES },
    ...{ image: { full: quick ? 1024 : [2000, 10_000, 20_000], tiny: 0 }, modes: ["infer"] },
  }));
  return [...sizes, ...laws, huge, ...segments, ...sources];
}

const variationsOf = (network: Network): { readonly name: string; readonly settings: Settings }[] =>
  Object.entries(VARIATIONS[network]).flatMap(([setting, values]) =>
    values.map((value) => ({
      name: `${setting.replace("secondScale", "second-scale")}-${fraction(value).replace("/", "-")}`,
      settings: { ...BASE, [setting]: value },
    })),
  );

/** The case of that name. @throws RangeError if there is none */
export function findLargeCase(name: string): LargeCase {
  const found = largeCases().find((one) => one.name === name);
  if (!found) throw new RangeError(`findLargeCase: expected the name of a case, got \`${name}\`.`);
  return found;
}

export const isNetwork = (one: LargeCase): one is NetworkCase => "network" in one;
export const isSegment = (one: LargeCase): one is SegmentCase => "segmenter" in one;

/** Whether a job or row is of a group: `size`, `law`, `huge`, `segment` or `source`. */
export const isOf = (group: string, { case: name }: Pick<Row, "case">): boolean => name.startsWith(`${group}/`);
