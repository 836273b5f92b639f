import type * as tf from "@tensorflow/tfjs-core";
import {
  sizeOf,
  typeOf,
  type Attrs,
  type Feed,
  type Inputs,
  type Lowering,
  type Target,
  type Value,
} from "@fovea/onnx-graph";
import { traitsOf } from "../native/index.js";
import type { Direct } from "../native/traits.js";
import { blockSize } from "./block-size.js";
import { kernelGraph } from "./kernel-graph.js";
import { modelOf } from "./kernel-model.js";
import type { Ports } from "./ports.js";
import type { Session } from "./session.js";

/** Work below which a kernel runs on cpu, unless its traits say another number. */
const crossover = 2048;

/** A kernel made ready for given attributes, types and shapes. */
export interface ExecutionPlan {
  readonly model: Uint8Array;
  /** Bytes of the model and of the constants that it is fed. */
  readonly bytes: number;
  readonly feeds: readonly Feed[];
  readonly outputs: readonly PlannedOutput[];
  readonly work: number;
  /** Work below which the cpu kernel is the quicker one. */
  readonly smallest: number;
  readonly inputs: Inputs;
  /** Whether the kernel's result is a list, even if of one. */
  readonly list: boolean;
  readonly direct: Direct | undefined;
  /** Which input the kernel's output is, where nothing is computed: the tensors share their numbers. */
  readonly shares: number | undefined;
  /** Set when first run; the session again when it was given up since. */
  session?: Session;
  ports?: Ports;
  compute?: Direct;
}

/** An output as the graph makes it, and as tfjs sees it. */
interface PlannedOutput {
  readonly value: Value;
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32" | "bool";
}

/**
 * The nodes of `lowering` for these tensors as a model to run; undefined if it has none for them.
 *
 * @param target - default: this machine, on which kernels with `serial` have one thread
 */
export function plan(
  lowering: Lowering,
  tensors: readonly (tf.TensorInfo | undefined)[],
  attrs: Attrs,
  target: Target = { block: blockSize(), portable: false, parallel: false },
): ExecutionPlan | undefined {
  const values = tensors.map((x) => x && { type: typeOf(x.dtype)!, shape: x.shape });
  if (values.some((value) => value && (value.type === undefined || sizeOf(value.shape) === 0))) return undefined;
  const present = values.filter((value) => value !== undefined);
  const graph = kernelGraph(present, target);
  let next = 0;
  const inputs = values.map((value) => (value ? graph.inputs[next++]! : undefined)) as Value[];
  const lowered = lowering.lower(graph, inputs, attrs);
  if (!lowered) return undefined;
  const results = "name" in lowered ? [lowered] : lowered;
  if (results.some(({ shape }) => sizeOf(shape) === 0)) return undefined;
  const stored = results.map((result) => graph.stored(result));
  const { direct, smallest = crossover, work } = traitsOf(lowering.kernel);
  const model = modelOf(graph, stored);
  return {
    model,
    bytes: graph.feeds.reduce((sum, { from }) => sum + (typeof from === "number" ? 0 : from.byteLength), model.length),
    feeds: graph.feeds,
    outputs: results.map(({ shape, type }, i) => ({ value: stored[i]!, shape, dtype: type as "float32" })),
    inputs,
    shares: graph.feeds.find(
      (feed): feed is Feed & { from: number } => feed.value === lowered && typeof feed.from === "number",
    )?.from,
    list: !("name" in lowered),
    direct: direct?.(inputs, results, attrs),
    smallest: typeof smallest === "function" ? smallest(inputs) : smallest,
    work: work?.(inputs, results, attrs) ?? elements([...graph.inputs, ...results]),
  };
}

const elements = (values: readonly Value[]): number => values.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** What tells one plan of a kernel from another. */
export function planKey(kernel: string, tensors: readonly (tf.TensorInfo | undefined)[], attrs: Attrs): string {
  let key = kernel;
  for (const x of tensors) key += x ? `${x.dtype[0]}${x.shape.join(",")};` : ";";
  for (const name in attrs) key += `${name}${textOf(attrs[name])};`;
  return key;
}

// JSON has no infinity and no NaN
const textOf = (value: unknown): string => (Array.isArray(value) ? `[${value.map(textOf).join(",")}]` : String(value));
