import type { Attrs, Data, Lowering } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "./backend.js";
import { activeRecorder } from "./compile/recorder.js";
import { count } from "./fallbacks.js";
import { traitsOf } from "./native/index.js";
import type { Direct, Traits } from "./native/traits.js";
import { plan, planKey, type ExecutionPlan } from "./runtime/plan.js";
import { planCache } from "./runtime/plan-cache.js";
import { portsOf } from "./runtime/ports.js";
import type { Session } from "./runtime/session.js";
import { sessionCache } from "./runtime/sessions.js";
import { getThreads } from "./runtime/threads.js";

/** Work from which a kernel gets all threads: waking them takes some microseconds. */
const parallel = 1 << 17;

/** Threads that all sessions may hold together. */
const sessionBudget = 768;

/** Bytes of models and constants that all kernels may hold ready, for all the shapes that they have met. */
const planBudget = 64 * 2 ** 20;

const sessions = sessionCache(sessionBudget);
const plans = planCache(planBudget);

/** Compiled models that are held now. */
export const sessionCount = (): number => sessions.size;

/** Frees every compiled model. */
export const disposeSessions = (): void => sessions.dispose();

tf.env().registerFlag("ONNXRUNTIME_ALL_NATIVE", () => false);

/**
 * The kernel that runs a lowering in ONNX Runtime, or `cpu`, tfjs's own in JavaScript, where that is quicker or all
 * there is.
 */
export function nativeKernel(lowering: Lowering, cpu: tf.KernelFunc): tf.KernelFunc {
  const traits = traitsOf(lowering.kernel);
  const planned = (tensors: readonly (tf.TensorInfo | undefined)[], attrs: Attrs): ExecutionPlan | undefined =>
    plans.get(planKey(lowering.kernel, tensors, attrs), () => plan(lowering, tensors, attrs));
  const compute = (made: ExecutionPlan): Direct => (made.compute ??= made.direct ?? inSession(made, traits));
  return ({ inputs, attrs = {}, backend }) => {
    const tensors = tensorsOf(lowering, inputs);
    const recorded = activeRecorder()?.call(lowering, tensors, attrs);
    if (recorded) return recorded;
    const made = planned(tensors, attrs as Attrs);
    if (made?.shares !== undefined) return shared(made, tensors, backend as OnnxRuntimeBackend);
    const native = tf.env().getBool("ONNXRUNTIME_ALL_NATIVE");
    const small = made && made.work < made.smallest && !native;
    if (made && (!small || made.direct)) {
      const how = native && made.direct ? inSession(made, traits) : compute(made);
      return run(made, how, traits, tensors, attrs as Attrs, backend as OnnxRuntimeBackend);
    }
    if (!small && tensors.every((x) => !x || tf.util.sizeFromShape(x.shape) > 0)) count(lowering.kernel);
    return cpu({ inputs, attrs, backend });
  };
}

const tensorsOf = ({ inputs: names }: Lowering, inputs: tf.NamedTensorInfoMap): (tf.TensorInfo | undefined)[] =>
  names === "all" ? (Object.values(inputs) as tf.TensorInfo[]) : names.map((name) => inputs[name] ?? undefined);

/** One more tensor over the numbers of an input. */
function shared(
  { shares, outputs }: ExecutionPlan,
  tensors: readonly (tf.TensorInfo | undefined)[],
  backend: OnnxRuntimeBackend,
): tf.TensorInfo {
  const { dataId } = tensors.filter((x) => x !== undefined)[shares!]!;
  const { shape, dtype } = outputs[0]!;
  backend.incRef(dataId);
  return { dataId, shape: shape as number[], dtype };
}

function run(
  made: ExecutionPlan,
  compute: Direct,
  { check }: Traits,
  tensors: readonly (tf.TensorInfo | undefined)[],
  attrs: Attrs,
  backend: OnnxRuntimeBackend,
): tf.TensorInfo | tf.TensorInfo[] {
  const numbers: Data[] = [];
  for (const x of tensors) if (x) numbers.push(backend.typedNumbers(x));
  if (check) check(numbers as never, made.inputs, attrs);
  const infos: tf.TensorInfo[] = [];
  const arrays: Data[] = [];
  for (const { shape, dtype } of made.outputs) {
    const { info, data } = backend.uninitialized(shape, dtype);
    infos.push(info);
    arrays.push(data);
  }
  compute(numbers, arrays);
  return made.list ? infos : infos[0]!;
}

function inSession(made: ExecutionPlan, { serial = false }: Traits): Direct {
  const values = made.outputs.map(({ value }) => value);
  const ports = (made.ports ??= portsOf(made.feeds, values));
  return (numbers, outputs) => {
    ports.put(numbers, outputs);
    try {
      sessionOf(made, serial).run(ports);
    } finally {
      ports.clear();
    }
  };
}

function sessionOf(made: ExecutionPlan, serial: boolean): Session {
  const threads = serial || made.work < parallel ? 1 : getThreads();
  if (made.session?.alive && made.session.threads === threads) return made.session;
  return (made.session = sessions.get(made.model, threads));
}
