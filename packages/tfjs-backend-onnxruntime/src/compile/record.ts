import * as tf from "@tensorflow/tfjs-core";
import type { Target, Value } from "@fovea/onnx-graph";
import type { OnnxRuntimeBackend } from "../backend.js";
import { withDeepStacks } from "./call-site.js";
import { recorder, recordingWith, type Recorder, type RecorderOptions, type Source } from "./recorder.js";
import { RecordingError } from "./recording-error.js";
import { mapTensors, type Structure } from "./structure.js";

/** A tensor that a run gives: a value of the graph under a shape, or a tensor that never changes. */
export type Output = { readonly value: Value; readonly shape: number[] } | { readonly kept: tf.Tensor };

/** What a function did, as a graph, with where its numbers come from and go to. */
export interface Recording extends Pick<Recorder, "graph" | "isSteady" | "sources" | "checks" | "constants" | "calls"> {
  /** What the function returned, with a tensor without numbers for each output. */
  readonly result: Structure;
  readonly outputs: ReadonlyMap<tf.Tensor, Output>;
  readonly assigned: ReadonlyMap<tf.Variable, Output>;
  /** Lets go of tensors that the recording holds. */
  dispose(): void;
}

/**
 * Calls `fn` with tensors that have no numbers, and takes in what it does with them. Variables have no numbers
 * meanwhile, and are afterwards what they were before.
 *
 * @throws RecordingError for what no graph can hold: reading a number, a kernel without ONNX nodes, making or disposing
 * a variable; whatever `fn` throws. Then nothing is left behind.
 */
export function record(
  backend: OnnxRuntimeBackend,
  fn: (...args: never[]) => Structure,
  args: readonly Structure[],
  target: Target,
  options?: RecorderOptions,
): Recording {
  const recording = recorder(backend, target, options);
  const kept: tf.Tensor[] = [];
  const dispose = disposing(kept, recording.sources);
  const swapped = withoutNumbers(recording);
  const engine = tf.engine();
  engine.startScope("record");
  try {
    return withDeepStacks(() => {
      const placeholders = placeholdersFor(recording, args);
      const result = recordingWith(recording, () => fn(...(placeholders as never[])));
      const outputs = new Map<tf.Tensor, Output>();
      mapTensors(result, (tensor) => outputs.set(tensor, outputOf(recording, backend, kept, tensor)), refuseResult);
      const changed = swapped.changed();
      const assigned = new Map(changed.map((variable) => [variable, outputOf(recording, backend, kept, variable)]));
      const checks = recording.checks.map((check) => ({ ...check, of: checked(recording, check.of) }));
      for (const tensor of outputs.keys())
        if (backend.isAbstract(tensor.dataId) && !(tensor instanceof tf.Variable)) tensor.dispose(); // if fn keeps it
      return { ...recording, checks, result, outputs, assigned, dispose };
    });
  } catch (error) {
    dispose();
    freeTape();
    throw error;
  } finally {
    swapped.restore();
    engine.endScope();
  }
}

/** Apart from `record`, so that what is held for it does not hold the graph, too. */
const disposing = (kept: readonly tf.Tensor[], sources: readonly Source[]) => (): void => {
  tf.dispose(kept as tf.Tensor[]);
  for (const source of sources) if ("captured" in source) source.captured.dispose();
};

function placeholdersFor(recording: Recorder, args: readonly Structure[]): Structure {
  let number = 0;
  return mapTensors(args, (tensor) => recording.placeholder({ argument: number++ }, tensor), refuseResult);
}

function refuseResult(value: unknown, path: string): never {
  const isPromise = typeof (value as PromiseLike<unknown>)?.then === "function";
  if (isPromise) (value as PromiseLike<unknown>).then(undefined, () => {}); // its failure is this one
  throw new RecordingError(
    isPromise
      ? "the function must return tensors at once, not a promise: what is awaited belongs before it"
      : `the function must return tensors, in objects and arrays; got ${typeof value} ${String(value)} at ${path || "the top"}`,
  );
}

function outputOf(recording: Recorder, backend: OnnxRuntimeBackend, kept: tf.Tensor[], tensor: tf.Tensor): Output {
  if (backend.isAbstract(tensor.dataId))
    return { value: computed(recording, recording.valueOf(tensor, "a result")), shape: tensor.shape };
  const own = tf.keep(tf.clone(tensor));
  kept.push(own);
  return { kept: own };
}

/** What a check looks at: a source, before the graph runs, or a value that a node has made. */
function checked(recording: Recorder, of: number | Value): number | Value {
  if (typeof of === "number") return of;
  const feed = recording.graph.feeds.find(
    ({ value, from, start }) => value === of && typeof from === "number" && start === 0,
  );
  return (feed?.from as number | undefined) ?? computed(recording, of);
}

/** An output of a graph must come from a node. */
function computed({ graph }: Recorder, value: Value): Value {
  const stored = graph.stored(value);
  return graph.maker(stored) ? stored : graph.node("Identity", [stored], { shape: stored.shape });
}

interface Swapped {
  /** Variables that have been assigned since. */
  changed(): tf.Variable[];
  /** Gives each variable its numbers back. */
  restore(): void;
}

/** Takes the numbers of all variables away, so that to read them is to read a value that is not known yet. */
function withoutNumbers(recording: Recorder): Swapped {
  const registered = tf.engine().registeredVariables as Record<string, tf.Variable>;
  const names = new Set(Object.keys(registered));
  const swapped = Object.values(registered).map((variable) => {
    const numbers = tf.keep(tf.clone(variable));
    const placeholder = recording.placeholder({ variable }, variable);
    variable.assign(placeholder);
    placeholder.dispose();
    return { variable, numbers, dataId: variable.dataId };
  });
  const made = () => Object.entries(registered).filter(([name]) => !names.has(name));
  return {
    changed() {
      const fresh = made()[0];
      if (fresh)
        throw new RecordingError(`the function must not make a variable, made \`${fresh[0]}\`: make it before`);
      const gone = swapped.find(({ variable }) => variable.isDisposed);
      if (gone)
        throw new RecordingError(`the function must not dispose a variable, disposed \`${gone.variable.name}\``);
      return swapped.filter(({ variable, dataId }) => variable.dataId !== dataId).map(({ variable }) => variable);
    },
    restore() {
      for (const [, variable] of made()) variable.dispose();
      for (const { variable, numbers } of swapped) {
        if (!variable.isDisposed) variable.assign(numbers);
        numbers.dispose();
      }
    },
  };
}

/** Tensors that tfjs keeps for gradients that are never computed hang on the tape. */
function freeTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || !state.activeTape) return;
  for (const { saved = [] } of state.activeTape) tf.dispose(saved);
  state.activeTape = [];
}
