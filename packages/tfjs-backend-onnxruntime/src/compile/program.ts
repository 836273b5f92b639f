import type { Data, Value } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "../backend.js";
import { portsOf } from "../runtime/ports.js";
import { createSession, type Session } from "../runtime/session.js";
import { getThreads } from "../runtime/threads.js";
import { readyModels, type ReadyModel } from "./model.js";
import type { Output, Recording } from "./record.js";
import { mapTensors, never, type Structure } from "./structure.js";

/** A recording that is ready to run. */
export interface Program {
  /** Whether its variables still exist, and the same ones are trained. */
  isValid(): boolean;
  /** Whether variables that were taken to be steady change from run to run: what is computed of them "once" is not. */
  isUnsteady(): boolean;
  /**
   * Computes the graph, shows the result to `accept`, and then assigns the variables: if anything throws, none.
   *
   * @param args - the tensors of the arguments, in order
   */
  run(args: readonly tf.Tensor[], accept: (result: Structure) => void): Structure;
  dispose(): void;
}

/** Once the models are made, the program holds what it needs of the recording, and not its graph. */
export function program(backend: OnnxRuntimeBackend, recording: Recording, profile?: string): Program {
  const { sources, checks, outputs, assigned, result, dispose: release } = recording;
  for (const { dataId } of assigned.keys()) backend.moveIntoPool(dataId); // else each is in memory three times at first
  const fetched = fetchedBy(recording);
  const { main, before, kept } = readyModels(recording, fetched);
  const filled = [...new Set(main.outputs)];
  const places = main.outputs.map((value) => filled.indexOf(value));
  const ports = portsOf(main.feeds, filled);
  const prepare = before && preparation(before, kept, recording);
  let session: Session | undefined;

  function ready(): Session {
    if (session?.threads === getThreads()) return session;
    session?.dispose();
    return (session = createSession(main.bytes, getThreads(), { isGraph: true, profile }));
  }

  const numbersOf = (args: readonly tf.Tensor[]): Data[] =>
    sources.map((source) => {
      if ("fill" in source) return source.fill();
      if ("argument" in source) return backend.typedNumbers(args[source.argument]!);
      return backend.typedNumbers("variable" in source ? source.variable : source.captured);
    });

  /** A tensor for each fetched value. */
  function compute(numbers: readonly Data[]): Map<Value, tf.Tensor> {
    const made = filled.map(({ shape, type }) => backend.uninitialized(shape, type as "float32"));
    ports.put(numbers, made.map(({ data }) => data)); // prettier-ignore
    prepare?.run(numbers);
    const tensors = made.map(({ info }) => tf.engine().makeTensorFromTensorInfo(info, backend));
    try {
      if (filled.length > 0) ready().run(ports); // else everything that is returned was known when it was recorded
    } finally {
      ports.clear();
    }
    return new Map(fetched.map((value, i) => [value, tensors[places[i]!]!]));
  }

  function run(args: readonly tf.Tensor[], accept: (result: Structure) => void): Structure {
    const numbers = numbersOf(args);
    for (const { of, check } of checks) if (typeof of === "number") check(numbers[of]!);
    const computed = compute(numbers);
    for (const { of, check } of checks) if (typeof of !== "number") check(backend.typedNumbers(computed.get(of)!));
    const tensorOf = (output: Output): tf.Tensor =>
      "kept" in output ? tf.clone(output.kept) : tf.reshape(computed.get(output.value)!, output.shape);
    const returned = mapTensors(result, (tensor) => tensorOf(outputs.get(tensor)!), never);
    accept(returned);
    for (const [variable, output] of assigned) variable.assign(tensorOf(output));
    return returned;
  }

  const isTrained = trainedOf(recording);
  return {
    isUnsteady: () => (prepare?.timesInARow() ?? 0) >= patience,
    isValid: () => [...isTrained].every(([variable, before]) => !variable.isDisposed && variable.trainable === before),
    run: (args, accept) => tf.tidy(() => run(args, accept) as tf.TensorContainer),
    dispose() {
      session?.dispose();
      session = undefined;
      prepare?.dispose();
      release();
    },
  };
}

/** Runs one after the other that each compute anew what is computed of variables, before that is given up. */
const patience = 4;

interface Preparation {
  run(numbers: readonly Data[]): void;
  /** How many of the latest runs have computed something. */
  timesInARow(): number;
  dispose(): void;
}

/** Computes what depends on variables alone, again when one of them has been assigned, into `kept`. */
function preparation(model: ReadyModel, kept: readonly Data[], { sources }: Recording): Preparation {
  const ports = portsOf(model.feeds, model.outputs);
  const read = new Set(model.feeds.map(({ from }) => sources[from as number]!));
  const variables = [...read].flatMap((source) => ("variable" in source ? source.variable : []));
  let session: Session | undefined;
  let done: readonly object[] | undefined;
  let times = 0;
  return {
    run(numbers) {
      const now = variables.map(({ dataId }) => dataId);
      if (done?.every((dataId, i) => dataId === now[i])) return void (times = 0);
      session ??= createSession(model.bytes, getThreads());
      try {
        ports.put(numbers, kept);
        session.run(ports);
        done = now;
        times++;
      } finally {
        ports.clear();
      }
    },
    timesInARow: () => times,
    dispose() {
      session?.dispose();
      session = undefined;
      done = undefined;
    },
  };
}

/** The values that a run computes, each once. */
function fetchedBy({ outputs, assigned, checks }: Recording): Value[] {
  const results = [...outputs.values(), ...assigned.values()].flatMap((output) =>
    "value" in output ? output.value : [],
  );
  const looked = checks.flatMap(({ of }) => (typeof of === "number" ? [] : of));
  return [...new Set([...results, ...looked])];
}

/** The variables that a recording reads or assigns, and whether each was trained. */
function trainedOf({ sources, assigned }: Recording): Map<tf.Variable, boolean> {
  const read = sources.flatMap((source) => ("variable" in source ? source.variable : []));
  return new Map([...read, ...assigned.keys()].map((variable) => [variable, variable.trainable]));
}
