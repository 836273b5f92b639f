import * as tf from "@tensorflow/tfjs-core";
import type { Loop } from "./elementwise.js";
import { at, broadcastShape, placesOf, sum, tensorOf, type Numbers, type Place } from "./numbers.js";

const flat = (x: Numbers): Numbers => ({ ...x, shape: [x.values.length] });

/** How often each number below `size` is among those of a row, or the sum of its weights; as bits, whether it is. */
const counted = (x: Numbers, weights: Numbers, size: number, bits: boolean): Numbers => {
  const outer = x.shape.slice(0, -1);
  return tensorOf([...outer, size], weights.dtype, (place) => {
    const row = placesOf([x.shape.at(-1)!]).map(([i]): Place => [...place.slice(0, -1), i!]);
    const found = row.filter((where) => at(x, where) === place.at(-1));
    if (bits) return Math.min(1, found.length);
    return sum(found.map((where) => (weights.values.length > 0 ? at(weights, where) : 1)));
  });
};

const isSame = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

/** Slices along the axis that are not like one before them, and for each slice which of those it is like. */
const unique: Loop = ({ x }, { axis }) => {
  const along = [axis].flat()[0] as number;
  const slice = (i: number) => placesOf(x!.shape.with(along, 1)).map((place) => at(x!, place.with(along, i)));
  const slices = placesOf([x!.shape[along]!]).map(([i]) => slice(i!));
  const like = (a: number[]) => slices.findIndex((b) => a.every((value, k) => isSame(value, b[k]!)));
  const firsts = slices.map(like);
  const kept = [...new Set(firsts)];
  return [
    tensorOf(x!.shape.with(along, kept.length), x!.dtype, (place) => at(x!, place.with(along, kept[place[along]!]!))),
    tensorOf([firsts.length], "int32", ([i]) => kept.indexOf(firsts[i!]!)),
  ];
};

/** How many numbers of the sorted row are below the value, or also equal to it. */
const searchSorted: Loop = ({ sortedSequence, values }, { side }) =>
  tensorOf(values!.shape, "int32", (place) => {
    const row = placesOf([sortedSequence!.shape[1]!]).map(([i]) => at(sortedSequence!, [place[0]!, i!]));
    const value = at(values!, place);
    return row.filter((number) => (side === "left" ? number < value : number <= value)).length;
  });

/** From `start` on, step by step, as long as `stop` is not reached. Down is −1 without a step of one's own. */
const range: Loop = (_, attrs) => {
  const { start, stop, step: given, dtype } = attrs as unknown as tf.RangeAttrs;
  const step = given === 1 && stop < start ? -1 : given;
  const length = Math.max(0, Math.ceil((stop - start) / step));
  return tensorOf([length], dtype, ([i]) => start + i! * step);
};

export const countLoops: Readonly<Record<string, Loop>> = {
  [tf.Bincount]: ({ x, weights }, { size }) => counted(flat(x!), flat(weights!), size as number, false),
  [tf.DenseBincount]: ({ x, weights }, { size, binaryOutput }) => counted(x!, weights!, size as number, binaryOutput as boolean), // prettier-ignore
  [tf.Unique]: unique,
  [tf.SearchSorted]: searchSorted,
  [tf.Range]: range,
  [tf.LinSpace]: (_, attrs) => {
    const { start, stop, num } = attrs as unknown as tf.LinSpaceAttrs;
    return tensorOf([num], "float32", ([i]) => (num === 1 ? start : start + ((stop - start) * i!) / (num - 1)));
  },
  [tf.BroadcastArgs]: ({ s0, s1 }) => {
    const shape = broadcastShape([s0!.values, s1!.values]);
    return tensorOf([shape.length], "int32", ([i]) => shape[i!]!);
  },
};
