import * as tf from "@tensorflow/tfjs-core";
import { prefetched, type Prefetched } from "./batches.js";
import type { Callback, Run } from "./callbacks/callback.js";
import { bestCheckpoint, saveLast } from "./checkpoint/checkpoint-files.js";
import { CheckpointError } from "./checkpoint/checkpoint.js";
import { saveCheckpoint } from "./checkpoint/save-checkpoint.js";
import type { FitOptions } from "./fit-options.js";
import { bestEpoch, meanSteps } from "./history.js";
import { batchesAfter, endsEpoch, epochOf, firstStepOf, type Plan } from "./plan.js";
import { tensorWatch } from "./tensor-watch.js";
import { snapshotOf, type TrainState } from "./train-state.js";
import { trainStep } from "./train-step.js";

interface Session<Batch extends tf.TensorContainer> {
  readonly options: FitOptions<Batch>;
  readonly plan: Plan;
  readonly state: TrainState;
  readonly run: Run;
  readonly callbacks: readonly Callback[];
  readonly batches: Prefetched<Batch>;
  readonly leakSeen: ReturnType<typeof tensorWatch>;
  /** Params that have been reported as unreached. */
  readonly reported: Set<string>;
  /** Whether anything has happened since the last checkpoint. */
  unsaved: boolean;
}

/** Runs the steps that are left, and whatever goes with them. */
export async function runSession<Batch extends tf.TensorContainer>(
  options: FitOptions<Batch>,
  plan: Plan,
  state: TrainState,
): Promise<void> {
  const session = sessionOf(options, plan, state);
  const { callbacks, run, batches } = session;
  try {
    for (const callback of callbacks) await callback.onStart?.(run);
    await runSteps(session);
    await save(session);
    for (const callback of callbacks) await callback.onEnd?.(run);
  } catch (error) {
    if (!(error instanceof CheckpointError)) await quietly(() => save(session));
    for (const callback of callbacks) await quietly(() => callback.onError?.(error, run));
    throw error;
  } finally {
    batches.close();
  }
}

function sessionOf<Batch extends tf.TensorContainer>(
  options: FitOptions<Batch>,
  plan: Plan,
  state: TrainState,
): Session<Batch> {
  const { module, callbacks = [] } = options;
  const run: Run = {
    module,
    steps: plan.steps,
    epochs: plan.epochs,
    startStep: state.step,
    history: state.history,
    stop: (reason) => void (state.history.stopped ??= reason),
  };
  const batches = prefetched(options.batches, batchesAfter(plan, state.step), plan.batches, options.signal);
  const [leakSeen, reported] = [tensorWatch(), new Set<string>()];
  return { options, plan, state, run, callbacks, batches, leakSeen, reported, unsaved: false };
}

/** What comes next follows from the state alone, so a resumed run goes on wherever the other was cut off. */
async function runSteps<Batch extends tf.TensorContainer>(session: Session<Batch>): Promise<void> {
  const { state, plan, options, run } = session;
  const { signal } = options;
  const over = () => state.history.stopped !== null || state.step === plan.steps;
  try {
    while (!signal?.aborted && (epochIsDue(session) || !over())) {
      await (epochIsDue(session) ? endEpoch(session) : nextStep(session));
      if (saveIsDue(session)) await save(session);
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  }
  if (signal?.aborted && !over()) run.stop(`aborted: ${(signal.reason as Error)?.message ?? signal.reason}`);
}

async function nextStep<Batch extends tf.TensorContainer>(session: Session<Batch>): Promise<void> {
  const { options, plan, state, batches, callbacks, run } = session;
  const [step, began] = [state.step, performance.now()];
  const { values, samples, unreached } = await trainStep(options, plan, state, batches);
  session.unsaved = true;
  reportUnreached(session, unreached);
  reportLeak(session);
  const seconds = (performance.now() - began) / 1000;
  const event = { step, epoch: epochOf(plan, step), values, samples, seconds };
  for (const callback of callbacks) await callback.onStep?.(event, run);
}

const epochIsDue = <Batch extends tf.TensorContainer>({ plan, state }: Session<Batch>): boolean =>
  endsEpoch(plan, state.step) && state.history.epochs.at(-1)?.steps !== state.step;

async function endEpoch<Batch extends tf.TensorContainer>(session: Session<Batch>): Promise<void> {
  const { options, plan, state, callbacks, run } = session;
  const epoch = epochOf(plan, state.step - 1);
  const metrics = { ...meanSteps(state.history, firstStepOf(plan, epoch), state.step) };
  for (const callback of callbacks) Object.assign(metrics, await callback.measure?.(epoch, run));
  const record = { epoch, steps: state.step, metrics };
  state.history.epochs.push(record);
  session.unsaved = true;
  const { dir, best } = options.checkpoint ?? {};
  if (dir !== undefined && best) {
    const ranking = bestEpoch(state.history.epochs, best.monitor, best.mode ?? "min");
    if (ranking.records[ranking.best] === record)
      await saveCheckpoint(bestCheckpoint(dir), snapshotOf(state, options, plan));
  }
  for (const callback of callbacks) await callback.onEpoch?.(record, run);
}

function saveIsDue<Batch extends tf.TensorContainer>(session: Session<Batch>): boolean {
  const { options, plan, state } = session;
  const every = options.checkpoint?.every;
  return !epochIsDue(session) && (every === undefined ? endsEpoch(plan, state.step) : state.step % every === 0);
}

async function save<Batch extends tf.TensorContainer>(session: Session<Batch>): Promise<void> {
  const { options, plan, state } = session;
  if (!options.checkpoint || !session.unsaved) return;
  await saveLast(options.checkpoint, snapshotOf(state, options, plan));
  session.unsaved = false;
}

function reportUnreached<Batch extends tf.TensorContainer>(
  { reported, state }: Session<Batch>,
  names: readonly string[],
): void {
  const fresh = names.filter((name) => !reported.has(name));
  for (const name of fresh) reported.add(name);
  if (fresh.length > 0)
    warn(
      `fit: at step ${state.step - 1} the loss does not reach ${fresh.length} trainable params, which stay as they are: ` +
        `${fresh.slice(0, 8).join(", ")}${fresh.length > 8 ? ", …" : ""}. Freeze them if that is meant.`,
    );
}

function reportLeak<Batch extends tf.TensorContainer>({ options, state, leakSeen }: Session<Batch>): void {
  const leak = leakSeen(state.step, tf.memory().numTensors);
  if (leak === undefined || options.leaks === "ignore") return;
  if (options.leaks === "error") throw new Error(leak);
  warn(leak);
}

const warn = (message: string): void => process.emitWarning(message, "FoveaWarning");

/** While another error is on its way up, a second one is only worth a warning. */
async function quietly(run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    warn(`fit: after an error, another: ${(error as Error).message}`);
  }
}
