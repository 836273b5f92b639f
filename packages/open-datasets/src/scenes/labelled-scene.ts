import type { LabelledImage } from "@fovea/data";
import { blend } from "../rendering/compose.js";
import type { Layer } from "./layers.js";

/** Something in a scene, and its class. */
export interface LabelledLayer extends Layer {
  readonly label: number;
}

/** What becomes of the pixels at the edge of an object, which show it and what is behind it. */
export interface EdgeRule {
  /** The label of what no object covers. */
  readonly background: number;
  readonly ignore: number;
  /** Whether pixels that an object covers by 10 to 90 % are ignored. Otherwise it has those of which it covers half. */
  readonly ignoreEdges: boolean;
}

/**
 * The layers on the ground, one after the other, and of each pixel the class of the last one that covers at least half
 * of it (alpha ≥ 0.5). What a layer has outside of the image is cut off.
 */
export async function labelledScene(
  ground: Uint8Array,
  layers: readonly LabelledLayer[],
  side: number,
  rule: EdgeRule,
): Promise<LabelledImage> {
  const labels = new Uint8Array(side * side).fill(rule.background);
  for (const layer of layers) paint(await layer.pixels(), layer, ground, labels, side, rule);
  return {
    image: { width: side, height: side, channels: 3, data: ground },
    labels: { width: side, height: side, data: labels },
  };
}

function paint(
  pixels: Float64Array,
  { place, label }: LabelledLayer,
  image: Uint8Array,
  labels: Uint8Array,
  side: number,
  rule: EdgeRule,
): void {
  for (let row = 0, from = 0; row < place.size; row++)
    for (let column = 0; column < place.size; column++, from += 4) {
      const [x, y] = [place.left + column, place.top + row];
      if (x < 0 || y < 0 || x >= side || y >= side) continue;
      blend(pixels, from, image, 3 * (y * side + x));
      const at = y * side + x;
      labels[at] = labelOf(pixels[from + 3]! / 255, label, labels[at]!, rule);
    }
}

const [NOTHING, EVERYTHING] = [0.1, 0.9];

function labelOf(alpha: number, own: number, behind: number, { ignore, ignoreEdges }: EdgeRule): number {
  if (ignoreEdges && own !== behind && alpha >= NOTHING && alpha <= EVERYTHING) return ignore;
  return alpha >= 0.5 ? own : behind;
}
