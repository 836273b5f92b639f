import type { Pixels, Region } from "@fovea/nn";
import { copyIntersection } from "./tile-source.js";

/** One axis of a read: `size` results over [start, start + length) of the full resolution. */
export interface ReadAxis {
  readonly start: number;
  readonly length: number;
  readonly size: number;
}

/**
 * One axis of a stored resolution: pixel i covers [i · step, (i + 1) · step) of the `full` pixels, the last one all
 * that is left.
 */
export interface LevelAxis {
  readonly pixels: number;
  readonly step: number;
  readonly full: number;
}

/**
 * How stored pixels of one axis meet results: the pixel `source` lies in the result `target` with `weight` / ONE of the
 * result's width.
 */
interface Taps {
  readonly source: Int32Array;
  readonly target: Int32Array;
  readonly weight: Float64Array;
}

/**
 * Widths are whole numbers of this unit of a result's width. Then all sums below are integers under 2⁴⁸, so that they
 * are exact: a read does not depend on how its image is cut into blocks, nor on the order in which they arrive.
 */
const ONE = 2 ** 20;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** The stored pixels that a read needs of one axis, as [first, end). */
export function neededOf({ start, length }: ReadAxis, { pixels, step, full }: LevelAxis): readonly [number, number] {
  if (start >= full || start + length <= 0) return [0, 0];
  return [clamp(Math.floor(start / step), 0, pixels - 1), clamp(Math.ceil((start + length) / step), 1, pixels)];
}

/**
 * Overlaps of the stored pixels [from, to) with the results: each result's weights sum to ONE if all of it lies inside.
 */
function tapsOf({ start, length, size }: ReadAxis, { pixels, step, full }: LevelAxis, from: number, to: number): Taps {
  const [source, target, weight]: [number[], number[], number[]] = [[], [], []];
  const ratio = size / length;
  const place = (pixel: number) => {
    const edge = pixel === pixels ? full : Math.min(pixel * step, full);
    return clamp(Math.round((edge - start) * ratio * ONE), 0, size * ONE);
  };
  for (let pixel = from, left = place(from); pixel < to; pixel++) {
    const right = place(pixel + 1);
    for (let result = Math.floor(left / ONE); result * ONE < right; result++) {
      source.push(pixel - from);
      target.push(result);
      weight.push(Math.min(right, (result + 1) * ONE) - Math.max(left, result * ONE));
    }
    left = right;
  }
  return { source: Int32Array.from(source), target: Int32Array.from(target), weight: Float64Array.from(weight) };
}

/** The result of a read, filled block by block in any order; zero where no block comes. */
export interface Canvas {
  /** @param block - where `pixels` lie in their stored resolution */
  add(block: Region, pixels: Pixels): void;
  /** When all blocks are there. */
  pixels(): Pixels;
}

/** The two axes of a read, and of the stored resolution that it is read from. */
export interface CanvasAxes {
  readonly columns: readonly [ReadAxis, LevelAxis];
  readonly rows: readonly [ReadAxis, LevelAxis];
}

/** Average over the area that each result covers, or mere slicing where results are stored pixels. */
export function canvas(axes: CanvasAxes): Canvas {
  return isSlice(axes.columns) && isSlice(axes.rows) ? slices(axes) : averages(axes);
}

/** Whether each result is a stored pixel, as wide as all others: the last one stored may be narrower. */
function isSlice([{ start, length, size }, { pixels, step, full }]: readonly [ReadAxis, LevelAxis]): boolean {
  const complete = full === pixels * step ? pixels : pixels - 1;
  return size * step === length && start % step === 0 && (start + length <= complete * step || complete === pixels);
}

function slices({ columns, rows }: CanvasAxes): Canvas {
  const [width, height] = [columns[0].size, rows[0].size];
  const [left, top] = [columns[0].start / columns[1].step, rows[0].start / rows[1].step];
  const data = new Uint8Array(width * height * 3);
  const add = (block: Region, pixels: Pixels) =>
    copyIntersection({ left, top, width, height }, data, block, pixels.data);
  return { add, pixels: () => ({ width, height, channels: 3, data }) };
}

function averages({ columns, rows }: CanvasAxes): Canvas {
  const [width, height] = [columns[0].size, rows[0].size];
  const sums = new Float64Array(width * height * 3);
  const line = new Float64Array(width * 3); // one stored row, averaged along the columns
  const add = (block: Region, { data }: Pixels) => {
    const across = tapsOf(...columns, block.left, block.left + block.width);
    const down = tapsOf(...rows, block.top, block.top + block.height);
    if (across.target.length === 0) return;
    const [first, end] = [across.target[0]! * 3, (across.target.at(-1)! + 1) * 3];
    for (let i = 0, done = -1; i < down.source.length; i++) {
      const row = down.source[i]!;
      if (row !== done) addAcross(line.fill(0, first, end), data, row * block.width, across);
      done = row;
      const [offset, weight] = [down.target[i]! * width * 3, down.weight[i]!];
      for (let k = first; k < end; k++) sums[offset + k]! += weight * line[k]!;
    }
  };
  const pixels = (): Pixels => {
    const data = new Uint8Array(sums.length); // not `from`, which takes all values into a list first
    for (let i = 0; i < data.length; i++) data[i] = sums[i]! / (ONE * ONE) + 0.5;
    return { width, height, channels: 3, data };
  };
  return { add, pixels };
}

function addAcross(line: Float64Array, data: Uint8Array, offset: number, { source, target, weight }: Taps): void {
  for (let i = 0; i < source.length; i++) {
    const [from, to, share] = [(offset + source[i]!) * 3, target[i]! * 3, weight[i]!];
    line[to]! += share * data[from]!;
    line[to + 1]! += share * data[from + 1]!;
    line[to + 2]! += share * data[from + 2]!;
  }
}
