import * as tf from "@tensorflow/tfjs-core";

/** A side that may have any length when the model runs. */
export interface OpenSide {
  /** What the file calls it; sides of one name have one length. */
  readonly name: string;
  /** A length for which the function works: it is called with this one and two longer ones. */
  readonly example: number;
  /** What the length must be a multiple of, such as the stride of a network with "same" padding. Default 1. */
  readonly step?: number;
}

/** An input of an exported function. */
export interface ExportInput {
  /**
   * Its sides as the function takes them: a length; `"batch"`, which may be any; or a side that may be any with a
   * length for which the function works.
   */
  readonly shape: readonly (number | "batch" | OpenSide)[];
  /** Default "float32". */
  readonly dtype?: "float32" | "int32" | "bool";
  /**
   * Whether the file takes [batch, channels, height, width] where the function takes [batch, height, width, channels],
   * as other libraries do; with more axes, channels come before the last two. Default false.
   */
  readonly channelsFirst?: boolean;
}

/** Lengths that hardly another axis has: shapes that are alike by chance leave nodes out. */
const batch: OpenSide = { name: "batch", example: 11 };

/** The sides in the order of the file; a length, or what may be any. */
export function fileSides({ shape, channelsFirst = false }: ExportInput): (number | OpenSide)[] {
  const sides = shape.map((side) => (side === "batch" ? batch : side));
  return channelsFirst ? orderOf(sides.length).map((axis) => sides[axis]!) : sides;
}

/** From [..., height, width, channels] to [..., channels, height, width]. */
const orderOf = (rank: number): number[] => [...Array(rank - 3).keys(), rank - 1, rank - 3, rank - 2];

/** A tensor of the file as the function takes it. */
export function asTaken(x: tf.Tensor, { channelsFirst = false }: ExportInput): tf.Tensor {
  if (!channelsFirst) return x;
  const order = orderOf(x.rank);
  return tf.transpose(x, order.map((_, axis) => order.indexOf(axis))); // prettier-ignore
}

/** The sides that may be any, each once. */
export function openSidesOf(inputs: readonly ExportInput[]): OpenSide[] {
  const all = inputs.flatMap(fileSides).filter((side) => typeof side !== "number");
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

/** How many lengths each open side is tried with. */
export const trials = 3;

/** Steps by which lengths grow from trial to trial; those of no two sides are alike. */
const growth: readonly (readonly number[])[] = [[0, 2, 4], [0, 3, 7], [0, 5, 6], [0, 4, 11], [0, 1, 8], [0, 6, 13]]; // prettier-ignore

/** The length of each open side in a trial, by name. */
export const lengthsOf = (sides: readonly OpenSide[], trial: number): ReadonlyMap<string, number> =>
  new Map(sides.map(({ name, example, step = 1 }, i) => [name, example + step * growth[i % growth.length]![trial]!]));
