import type { Box } from "@fovea/data";
import type { Pixels, Region } from "@fovea/nn";
import type { AttentionSamplingPlan, AttentionMap, SamplingPlan, ZoomInPlan } from "@fovea/patch-sampling";
import sharp from "sharp";
import { tilesOf } from "@fovea/patch-sampling";

/** A picture from afar, and its size at full resolution. */
export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  /** As a `data:` address. */
  readonly url: string;
}

/** Longest side of a thumbnail, in its own pixels. */
const SIDE = 360;

/** What of `size` pixels still makes a thumbnail. */
export const thumbnailScale = ({ width, height }: { readonly width: number; readonly height: number }): number =>
  Math.min(1, SIDE / Math.max(width, height));

/** 8-bit pixels as a `data:` address. */
export async function urlOf({ width, height, data }: Pick<Pixels, "width" | "height" | "data">): Promise<string> {
  const webp = await sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: 84 })
    .toBuffer();
  return `data:image/webp;base64,${webp.toString("base64")}`;
}

/** One drawing for each stage of a plan: what was attended to, and what was chosen. */
export async function drawingsOf(plan: SamplingPlan, thumbnail: Thumbnail, tile: number, truth: readonly Box[]) {
  const draw = (...marks: string[]) => svgOf(thumbnail, [...marks, ...truth.map((box) => outline(box, "truth"))]);
  const patches = plan.regions.map((region) => outline(region, "patch"));
  if (isZoomIn(plan)) {
    const { tileMap, patchMaps } = plan;
    const inside = await Promise.all(patchMaps.map((glance, i) => heat(glance, tileMap.regions[i]!)));
    return [
      { caption: "first stage: tiles", svg: draw(...tileHeat(tileMap, thumbnail, tile), ...chosenTiles(tileMap)) },
      { caption: "second stage: within the chosen tiles", svg: draw(...inside, ...chosenTiles(tileMap), ...patches) },
    ];
  }
  if (!isAttention(plan)) return [{ caption: "all of it was looked at", svg: draw() }];
  const { attentionMap } = plan;
  const whole = { left: 0, top: 0, width: thumbnail.width, height: thumbnail.height };
  return [{ caption: "attention, and patches", svg: draw(await heat(attentionMap, whole), ...patches) }];
}

const isAttention = (plan: SamplingPlan): plan is AttentionSamplingPlan => "attentionMap" in plan;
const isZoomIn = (plan: SamplingPlan): plan is ZoomInPlan => "patchMaps" in plan;

const chosenTiles = ({ regions }: AttentionMap) => regions.map((region) => outline(region, "tile"));

/** Each tile as bright as it is attended to, beside the brightest. */
function tileHeat({ attention }: AttentionMap, size: Thumbnail, tile: number): string[] {
  const most = highest(attention);
  return tilesOf(size, [tile, tile]).map(
    (region, i) => `<rect ${placed(region)} class="dark" opacity="${(0.8 * (1 - attention[i]! / most)).toFixed(3)}"/>`,
  );
}

/** The cells of a glance at one view, dark where attention is not. */
async function heat({ attention, columns: width }: AttentionMap, over: Region): Promise<string> {
  const height = attention.length / width;
  const most = highest(attention);
  const shade = Uint8Array.from({ length: 4 * attention.length }, (_, i) =>
    i % 4 === 3 ? 200 * (1 - attention[i >> 2]! / most) : 8,
  );
  const image = sharp(shade, { raw: { width, height, channels: 4 } });
  const png = await image
    .resize({ width: Math.min(width, SIDE) })
    .png()
    .toBuffer();
  return `<image ${placed(over)} preserveAspectRatio="none" href="data:image/png;base64,${png.toString("base64")}"/>`;
}

/** There can be millions of cells: too many for arguments. */
const highest = (attention: Float32Array): number => attention.reduce((a, b) => Math.max(a, b), 0);

const outline = (box: Box, kind: "truth" | "patch" | "tile") => `<rect ${placed(box)} class="${kind}"/>`;

const placed = ({ left, top, width, height }: Box) => `x="${left}" y="${top}" width="${width}" height="${height}"`;

const svgOf = ({ width, height, url }: Thumbnail, marks: readonly string[]) =>
  `<svg class="zoom" viewBox="0 0 ${width} ${height}" role="img"><image width="${width}" height="${height}" href="${url}"/>${marks.join("")}</svg>`;
