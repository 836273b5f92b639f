import type { Region, LargeImage } from "@fovea/nn";
import type { Box } from "@fovea/data";
import { imageAddress, type Figure, type FigureImage } from "@fovea/experiment";
import type { LargeImagePrediction } from "@fovea/models";
import {
  tilesOf,
  type AttentionSamplingPlan,
  type AttentionMap,
  type SamplingPlan,
  type ZoomInPlan,
} from "@fovea/patch-sampling";
import sharp from "sharp";

/** A small copy of an image, and the image's size. */
export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  /** The image as a `data:` address. */
  readonly address: string;
}

/** Longest side of a thumbnail, in its own pixels. */
const SIDE = 360;

/** All of an image, small. */
export async function thumbnailOf(image: LargeImage): Promise<Thumbnail> {
  const { width, height } = image;
  const scale = Math.min(1, SIDE / Math.max(width, height));
  return {
    width,
    height,
    address: await imageAddress(await image.read({ left: 0, top: 0, width, height }, scale), null),
  };
}

/** Patches that are shown of an image. */
const SHOWN = 6;

/** What a figure shows beside where a model looked. */
export interface FigureOptions {
  /** Heading of the figure. */
  readonly title: string;
  /** What the model said. */
  readonly note: string;
  /** Size of the tiles, in pixels. */
  readonly tile: number;
  /** Where what decides the class is. Default: not known. */
  readonly boxes?: readonly Box[];
}

/** Where a model looked: a drawing for each stage, the first patches, and, if it is known, what decides the class. */
export async function figureOf(
  image: LargeImage,
  { plans }: LargeImagePrediction,
  { title, note, tile, boxes = [] }: FigureOptions,
): Promise<Figure> {
  const plan = plans[0]!;
  const patches = plan.regions.filter(({ width, height }) => width < image.width || height < image.height);
  const drawings = await drawingsOf(plan, await thumbnailOf(image), tile, boxes);
  const closeUps = async (regions: readonly Region[], alt: string) =>
    Promise.all(regions.map(async (region): Promise<FigureImage> => ({ alt, source: await imageAddress(await image.read(region), null) }))); // prettier-ignore
  const rows = [
    { images: drawings.map(({ caption, svg }) => ({ source: svg, alt: `${title}: ${caption}`, caption })) },
    { label: "patches", images: await closeUps(patches.slice(0, SHOWN), "a patch at full resolution") },
    { label: "what decides", images: await closeUps(boxes.slice(0, 1), "the sign of the class at full resolution") },
  ];
  return { title, note, rows: rows.filter(({ images }) => images.length > 0) };
}

/** One drawing for each stage of a plan: what was attended to, and what was chosen. */
export async function drawingsOf(plan: SamplingPlan, thumbnail: Thumbnail, tile: number, boxes: readonly Box[]) {
  const draw = (...marks: string[]) => svgOf(thumbnail, [...marks, ...boxes.map((box) => outline(box, "class"))]);
  const patches = plan.regions.map((region) => outline(region, "patch"));
  if (isZoomIn(plan)) {
    const { tileMap, patchMaps } = plan;
    const chosen = tileMap.regions.map((region) => outline(region, "tile"));
    const inside = await Promise.all(patchMaps.map((map, i) => heat(map, tileMap.regions[i]!)));
    return [
      { caption: "first stage: tiles", svg: draw(...tileHeat(tileMap, thumbnail, tile), ...chosen) },
      { caption: "second stage: within the chosen tiles", svg: draw(...inside, ...chosen, ...patches) },
    ];
  }
  if (!isAttention(plan)) return [{ caption: "all of it was looked at", svg: draw() }];
  const { attentionMap } = plan;
  const whole = { left: 0, top: 0, width: thumbnail.width, height: thumbnail.height };
  return [{ caption: "attention, and patches", svg: draw(await heat(attentionMap, whole), ...patches) }];
}

const isAttention = (plan: SamplingPlan): plan is AttentionSamplingPlan => "attentionMap" in plan;
const isZoomIn = (plan: SamplingPlan): plan is ZoomInPlan => "patchMaps" in plan;

/** Each tile as bright as it is attended to, beside the brightest. */
function tileHeat({ attention }: AttentionMap, size: Thumbnail, tile: number): string[] {
  const most = highest(attention);
  return tilesOf(size, [tile, tile]).map(
    (region, i) =>
      `<rect ${placed(region)} fill="#080808" opacity="${(0.8 * (1 - attention[i]! / most)).toFixed(3)}"/>`,
  );
}

/** The cells of a view, dark where attention is not. */
async function heat({ attention, columns: width }: AttentionMap, over: Region): Promise<string> {
  const height = attention.length / width;
  const most = highest(attention);
  const shade = Uint8Array.from({ length: 4 * attention.length }, (_, i) =>
    i % 4 === 3 ? 200 * (1 - attention[i >> 2]! / most) : 8,
  );
  const png = await sharp(shade, { raw: { width, height, channels: 4 } })
    .resize({ width: Math.min(width, SIDE) })
    .png()
    .toBuffer();
  return `<image ${placed(over)} preserveAspectRatio="none" href="data:image/png;base64,${png.toString("base64")}"/>`;
}

/** There can be millions of cells: too many for arguments. */
const highest = (attention: Float32Array): number => attention.reduce((a, b) => Math.max(a, b), 0);

/** Colour and width of what is outlined. */
const STROKES = { class: ["#2ee66b", 2.4], patch: ["#ffb300", 1.2], tile: ["#6fb1ff", 1.2] } as const;

function outline(box: Box, kind: keyof typeof STROKES): string {
  const [color, width] = STROKES[kind];
  return `<rect ${placed(box)} fill="none" stroke="${color}" stroke-width="${width}" vector-effect="non-scaling-stroke"/>`;
}

const placed = ({ left, top, width, height }: Box) => `x="${left}" y="${top}" width="${width}" height="${height}"`;

const svgOf = ({ width, height, address }: Thumbnail, marks: readonly string[]) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><image width="${width}" height="${height}" href="${address}"/>${marks.join("")}</svg>`;
