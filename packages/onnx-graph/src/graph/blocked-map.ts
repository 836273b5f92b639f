import type { Type, Value } from "./types.js";

/** A map that is known in ONNX Runtime's blocked layout: as a value, or as what it is to be computed from. */
export interface BlockedMap {
  /** [batch, height, width, channels] */
  readonly shape: MapShape;
  readonly type: Type;
  /**
   * The blocked value, [batch, channels, height, width], channels filled up to whole blocks; emitted at the first call.
   */
  value(): Value;
  /** What it is a sum of, until its value has been emitted. */
  readonly form?: (() => Affine | undefined) | undefined;
  /** The two maps that it is the product of, until its value has been emitted. */
  readonly factors?: (() => readonly [BlockedMap, BlockedMap] | undefined) | undefined;
  /** The map with negative numbers replaced by zero, if that has been asked for. */
  relu?: BlockedMap;
}

export type MapShape = readonly [number, number, number, number];

/** Σ map · factor + offset; factors and offsets are numbers of each channel, [channels in whole blocks]. */
export interface Affine {
  readonly terms: readonly Term[];
  readonly offset?: Value | undefined;
}

export interface Term {
  readonly map: BlockedMap;
  /** Default: ones. */
  readonly factor?: Value | undefined;
}

/** The maps of a graph that are known in blocks, by their value in tfjs's order, under whatever shape. */
export interface BlockedMaps {
  get(x: Value): BlockedMap | undefined;
  set(x: Value, map: BlockedMap): void;
}
