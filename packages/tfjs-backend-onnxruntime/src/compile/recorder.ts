import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "../backend.js";
import { graphBuilder, type GraphBuilder, type Lowering, type Target, type Value } from "@fovea/onnx-graph";
import { typeOf, type Data } from "@fovea/onnx-graph";
import { RecordingError } from "./recording-error.js";

/** Where an input of the graph gets its numbers from, in each run. */
export type Source =
  | { readonly argument: number }
  | { readonly variable: tf.Variable }
  | { readonly captured: tf.Tensor }
  | { readonly fill: () => Data };

/** A look at numbers that are known when the graph runs: before it for a source, else after it. */
export interface Check {
  readonly of: number | Value;
  readonly check: (values: Data) => void;
}

/** A constant that the function has made in JavaScript, and the kernel that reads it. */
export interface Constant {
  readonly values: Data;
  readonly kernel: string;
  /** Where; undefined unless the recorder keeps lines. */
  readonly at: Error | undefined;
}

/** A kernel's call, and the nodes that it has emitted. */
export interface Call {
  readonly kernel: string;
  /** Where; undefined unless the recorder keeps lines. */
  readonly at: Error | undefined;
  readonly nodes: number;
}

/** Takes in the kernels of a function that is recorded. Nothing is computed. */
export interface Recorder {
  readonly graph: GraphBuilder;
  readonly isSteady: boolean;
  readonly sources: readonly Source[];
  readonly checks: readonly Check[];
  readonly constants: readonly Constant[];
  readonly calls: readonly Call[];
  /** A tensor without numbers, which are read from `source` in each run. The caller's to dispose. */
  placeholder(source: Source, like: Pick<tf.TensorInfo, "shape" | "dtype">): tf.Tensor;
  /** The value of a tensor in the graph, in the tensor's shape. */
  valueOf(tensor: tf.TensorInfo, kernel: string): Value;
  /** The outputs of a kernel; undefined where all its inputs are known, so that it can run now. */
  call(lowering: Lowering, inputs: readonly (tf.TensorInfo | undefined)[], attrs: object): tf.TensorInfo | tf.TensorInfo[] | undefined; // prettier-ignore
  /** @throws RecordingError for a kernel without lowering if an input is not known yet */
  refuse(kernel: string, inputs: readonly (tf.TensorInfo | undefined)[]): void;
  /** Remembers to look at a tensor's numbers in each run; false if they are known now. */
  check(tensor: tf.TensorInfo, check: Check["check"]): boolean;
  /** A tensor whose numbers `fill` makes before each run. */
  hostTensor(shape: readonly number[], dtype: tf.DataType, fill: () => Data): tf.TensorInfo;
}

/** Elements from which a constant that is one number again and again becomes a node. */
const large = 1024;

/** How a recorder works. */
export interface RecorderOptions {
  /**
   * Whether a source that is read in another shape or in part is one more feed, and not a node. Without, a constant
   * that is one number again and again is a node whatever its size, so that recordings of several sizes have the same
   * nodes. Default true.
   */
  readonly views?: boolean;
  /** Whether variables that the function does not assign seldom change from run to run. Default true. */
  readonly isSteady?: boolean;
  /** Whether calls and constants tell their lines, which takes a third of its time. Default true. */
  readonly keepsLines?: boolean;
}

export function recorder(
  backend: OnnxRuntimeBackend,
  target: Target,
  { views = true, isSteady = true, keepsLines = true }: RecorderOptions = {},
): Recorder {
  const line = (): Error | undefined => (keepsLines ? new Error() : undefined);
  let trains = false; // from the first gradient on: filters read then change in each run
  const filtersAreFixed = () => isSteady && !(trains ||= tf.engine().state.gradientDepth > 0);
  const graph = graphBuilder(target, { constants: "initializers", views, keepsBlocks: true, filtersAreFixed });
  const sources: Source[] = [];
  const checks: Check[] = [];
  const constants: Constant[] = [];
  const calls: Call[] = [];
  const values = new Map<object, Value>(); // by the id of abstract or captured data
  const pending = new Map<object, { source: Source; value: Omit<Value, "name"> }>(); // inputs that nothing has read yet
  const first = backend.nextId;

  const abstract = ({ shape, type }: Omit<Value, "name">): tf.TensorInfo => backend.abstract(shape, type as "float32");
  const input = (value: Omit<Value, "name">, source: Source): Value => graph.input(value, sources.push(source) - 1);

  function known(dataId: object): Value | undefined {
    const waiting = pending.get(dataId);
    if (waiting) {
      pending.delete(dataId);
      values.set(dataId, input(waiting.value, waiting.source));
    }
    return values.get(dataId);
  }

  const typed = ({ shape, dtype }: Pick<tf.TensorInfo, "shape" | "dtype">, kernel: string) => {
    const type = typeOf(dtype);
    if (!type) throw new RecordingError(`${kernel} of ${dtype} numbers cannot be compiled`);
    return { type, shape };
  };

  /** A tensor that the function has found outside, kept as it is. */
  function captured(tensor: tf.TensorInfo, kernel: string): Value {
    backend.incRef(tensor.dataId);
    const kept = tf.keep(tf.engine().makeTensorFromTensorInfo(tensor, backend));
    const value = input(typed(tensor, kernel), { captured: kept });
    values.set(tensor.dataId, value);
    return value;
  }

  function constant(tensor: tf.TensorInfo, kernel: string): Value {
    const { type, shape } = typed(tensor, kernel);
    const numbers = backend.typedNumbers(tensor).slice();
    constants.push({ values: numbers, kernel, at: line() });
    const value = graph.data(type, numbers, shape);
    values.set(tensor.dataId, value);
    return value;
  }

  const self: Recorder = {
    graph,
    isSteady,
    sources,
    checks,
    constants,
    calls,
    placeholder(source, like) {
      const value = typed(like, "an argument");
      const info = abstract(value);
      pending.set(info.dataId, { source, value });
      return tf.engine().makeTensorFromTensorInfo(info, backend);
    },
    valueOf(tensor, kernel) {
      const value = known(tensor.dataId);
      if (value) return graph.reshape(value, tensor.shape);
      return (tensor.dataId as { id: number }).id >= first ? constant(tensor, kernel) : captured(tensor, kernel);
    },
    call(lowering, inputs, attrs) {
      const { kernel } = lowering;
      const present = inputs.filter((x) => x !== undefined);
      const isLarge =
        present.length === 0 &&
        tf.util.sizeFromShape((attrs as { shape?: number[] }).shape ?? []) >= (views ? large : 1);
      if (!isLarge && !present.some(({ dataId }) => backend.isAbstract(dataId))) return undefined;
      const empty = present.find(({ shape }) => tf.util.sizeFromShape(shape) === 0);
      if (empty) throw new RecordingError(`${kernel} of no numbers, [${empty.shape.join(", ")}], cannot be compiled`);
      const before = graph.emitted.length;
      const lowered = lowering.lower(graph, inputs.map((x) => x && self.valueOf(x, kernel)) as Value[], attrs as never);
      if (!lowered) throw new RecordingError(`${kernel} has no ONNX nodes for these shapes, types or attributes`);
      calls.push({ kernel, at: line(), nodes: graph.emitted.length - before });
      const outputs = ("name" in lowered ? [lowered] : lowered).map((value) => {
        const info = abstract(value);
        values.set(info.dataId, value);
        return info;
      });
      return "name" in lowered ? outputs[0] : outputs;
    },
    refuse(kernel, inputs) {
      if (inputs.some((x) => x && backend.isAbstract(x.dataId)))
        throw new RecordingError(`${kernel} runs in JavaScript only, so it cannot be compiled`);
    },
    check(tensor, check) {
      const { dataId } = tensor;
      if (!backend.isAbstract(dataId)) return false;
      checks.push({ of: known(dataId)!, check });
      return true;
    },
    hostTensor(shape, dtype, fill) {
      const value = typed({ shape: [...shape], dtype }, "hostTensor");
      const info = abstract(value);
      pending.set(info.dataId, { source: { fill }, value });
      return info;
    },
  };
  return self;
}

let active: Recorder | undefined;

/** The recorder that kernels are told to, while a function is recorded. */
export const activeRecorder = (): Recorder | undefined => active;

/** Runs `f` while `recorder` takes in the kernels. */
export function recordingWith<T>(recorder: Recorder, f: () => T): T {
  active = recorder;
  try {
    return f();
  } finally {
    active = undefined;
  }
}
