import type * as tf from "@tensorflow/tfjs-core";
import { prefetched, type DisposableBatch } from "./batches.js";
import type { Callback, Run } from "./callbacks/callback.js";
import { CheckpointError } from "./checkpoint/checkpoint.js";
import type { RunCheckpoints } from "./checkpoint/checkpoint-store.js";
import { chosenRunner, type ChosenRunner } from "./chosen-runner.js";
import type { FitOptions } from "./fit-options.js";
import { bestEpoch, meanSteps, requireNumbers, type EpochRecord } from "./history.js";
import { batchesAfter, endsEpoch, epochOf, firstStepOf, type StepCounts } from "./step-counts.js";
import { stepWatch } from "./step-watch.js";
import { snapshotOf, type RunOptions, type TrainState } from "./train-state.js";
import { trainStep, type StepResult } from "./train-step.js";
import { warn } from "./warn.js";

interface Session {
  readonly options: RunOptions;
  readonly callbacks: readonly Callback[];
  readonly counts: StepCounts;
  readonly state: TrainState;
  readonly run: Run;
  readonly step: () => Promise<StepResult>;
  readonly watch: ReturnType<typeof stepWatch>;
  readonly checkpoints: RunCheckpoints | undefined;
  readonly takeNote: ChosenRunner<unknown>["takeNote"];
  /** Whether anything has happened since the last checkpoint. */
  unsaved: boolean;
}

/** Runs the steps that are left, and whatever goes with them. */
export async function runSession<Batch extends tf.TensorContainer | DisposableBatch>(
  options: FitOptions<Batch>,
  counts: StepCounts,
  state: TrainState,
  checkpoints?: RunCheckpoints,
): Promise<void> {
  const { callbacks = [], leaks, signal, prefetch } = options;
  const span = { from: batchesAfter(counts, state.step), to: counts.batches, ahead: prefetch };
  const batches = prefetched(options.batches, span, signal);
  const { runner, takeNote } = chosenRunner(options, state);
  const step = () => trainStep(options, counts, state, batches, runner);
  const run = runOf(options, counts, state);
  const watch = stepWatch(leaks);
  const session = { options, callbacks, counts, state, run, step, watch, checkpoints, takeNote, unsaved: false };
  try {
    for (const callback of callbacks) await callback.onStart?.(run);
    await runSteps(session);
    await save(session);
    for (const callback of callbacks) await callback.onEnd?.(run);
  } catch (error) {
    if (state.consistent && !(error instanceof CheckpointError)) await quietly(() => save(session));
    for (const callback of callbacks) await quietly(() => callback.onError?.(error, run));
    throw error;
  } finally {
    runner.dispose();
    batches.close();
  }
}

const runOf = ({ module }: RunOptions, { steps, epochs }: StepCounts, { step, history }: TrainState): Run => ({
  module,
  steps,
  epochs,
  startStep: step,
  history,
  stop: (reason) => void (history.stopped ??= reason),
});

/** The next thing to do follows from the state alone, so a resumed run goes on where the other was cut off. */
async function runSteps(session: Session): Promise<void> {
  const { state, counts, run } = session;
  const { signal } = session.options;
  const over = () => state.history.stopped !== null || state.step === counts.steps;
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

async function nextStep(session: Session): Promise<void> {
  const { counts, state, callbacks, run } = session;
  const [step, began] = [state.step, performance.now()];
  const { values, samples, unreached } = await session.step();
  session.unsaved = true;
  session.watch(state.step, unreached);
  const seconds = (performance.now() - began) / 1000;
  const event = { step, epoch: epochOf(counts, step), values, samples, seconds, ...session.takeNote() };
  for (const callback of callbacks) await callback.onStep?.(event, run);
}

/** Whether an epoch is over and has no record yet. */
const epochIsDue = ({ counts, state }: Session): boolean =>
  endsEpoch(counts, state.step) && state.history.epochs.at(-1)?.steps !== state.step;

async function endEpoch(session: Session): Promise<void> {
  const { counts, state, callbacks, run } = session;
  const epoch = epochOf(counts, state.step - 1);
  const metrics: Record<string, number> = { ...meanSteps(state.history, firstStepOf(counts, epoch), state.step) };
  for (const callback of callbacks) Object.assign(metrics, requireNumbers(await callback.measure?.(epoch, run)));
  const record = { epoch, steps: state.step, metrics };
  state.history.epochs.push(record);
  session.unsaved = true;
  await saveBest(session, record);
  for (const callback of callbacks) await callback.onEpoch?.(record, run);
}

async function saveBest({ options, counts, state, checkpoints }: Session, record: EpochRecord): Promise<void> {
  const { best } = options.checkpoint ?? {};
  if (!best) return;
  const { records, best: index } = bestEpoch(state.history.epochs, best.monitor, best.mode ?? "min");
  if (records[index] === record) await checkpoints?.saveBest(snapshotOf(state, options, counts));
  if (records.length === 0 && state.step === counts.steps)
    warn(
      `fit: no epoch measured \`${best.monitor}\`, so there is no best; there are ${Object.keys(record.metrics).join(", ")}.`,
    );
}

function saveIsDue(session: Session): boolean {
  const { options, counts, state } = session;
  const every = options.checkpoint?.every;
  return !epochIsDue(session) && (every === undefined ? endsEpoch(counts, state.step) : state.step % every === 0);
}

async function save(session: Session): Promise<void> {
  const { options, counts, state, checkpoints } = session;
  if (!checkpoints || !session.unsaved) return;
  await checkpoints.saveLast(snapshotOf(state, options, counts));
  session.unsaved = false;
}

/** While another error is on its way up, a second one is only worth a warning. */
async function quietly(run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    warn(`fit: after an error, another: ${(error as Error).message}`);
  }
}
