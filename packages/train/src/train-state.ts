import { loadWeights, weightsOf, type Weights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { CheckpointError, type Checkpoint, type RunSettings, type Snapshot } from "./checkpoint/checkpoint.js";
import { jsonDifferences } from "./checkpoint/json-differences.js";
import { plain, requireNone } from "./checkpoint/same-run.js";
import type { FitOptions } from "./fit-options.js";
import { emptyHistory, isScheduled, type History } from "./history.js";
import type { Slots } from "./optimizers/optimizer.js";
import { batchesAfter, endsEpoch, type StepCounts } from "./step-counts.js";
import { schedulesOf, type Schedule } from "./schedules/schedule.js";

/** The state of a run that changes, beside the module and its average. */
export interface TrainState {
  /** Steps done. */
  step: number;
  /** Slots of the optimizer by param name; made when a param is first updated. */
  readonly slots: Record<string, Slots>;
  history: History;
  /** False while an update is under way: an optimizer that throws leaves a state that must not be saved. */
  consistent: boolean;
}

export const freshState = (): TrainState => ({ step: 0, slots: {}, history: emptyHistory(), consistent: true });

export const disposeState = ({ slots }: TrainState): void =>
  tf.dispose(Object.values(slots).map((own) => Object.values(own)));

/** The options that do not depend on what a batch is. */
export type RunOptions = Omit<FitOptions<tf.TensorContainer>, "loss" | "batches" | "samples">;

/** The run at rest, ready to be saved. */
export function snapshotOf(state: TrainState, options: RunOptions, counts: StepCounts): Snapshot {
  return {
    step: state.step,
    steps: counts.steps,
    batches: batchesAfter(counts, state.step),
    config: options.config,
    settings: settingsOf(options, counts),
    history: state.history,
    variables: variablesOf(state, options),
  };
}

/**
 * Makes module, average and state what they were when the checkpoint was written: all of it, or, on an error, nothing.
 *
 * @throws CheckpointError if the checkpoint is of another run
 */
export function restore(checkpoint: Checkpoint, state: TrainState, options: RunOptions, counts: StepCounts): void {
  const { path, step, history, variables } = checkpoint;
  const others = [
    ...jsonDifferences("config", checkpoint.config, plain(options.config)),
    ...jsonDifferences("", checkpoint.settings, plain(settingsOf(options, counts))),
  ];
  const lengths = [...lengthDifferences(checkpoint, counts), ...scheduleDifferences(history, options, counts.steps)];
  const advice = others.length === 0 ? adviceOnLength(checkpoint, options, counts) : "";
  requireNone(path, [...others, ...lengths], advice);
  try {
    for (const [name, param] of Object.entries(options.module.params))
      if (Object.keys(variables).some((key) => slotOwner(key) === name))
        state.slots[name] = options.optimizer.init(param, name);
    loadWeights({ params: variablesOf(state, options), buffers: {} }, variables);
  } catch (cause) {
    throw new CheckpointError(`loadCheckpoint: ${path} does not fit: ${(cause as Error).message}`, { cause });
  }
  state.step = step;
  state.history = { ...history, stopped: null };
}

/** `optimizer.slot.param`: slot names hold no dot, so the owner is unambiguous. */
const slotOwner = (key: string): string | undefined => /^optimizer\.[^.]+\.(.*)$/s.exec(key)?.[1];

function variablesOf({ slots }: TrainState, { module, ema }: RunOptions): Weights {
  const prefixed = (prefix: string, weights: Weights) =>
    Object.entries(weights).map(([name, weight]) => [prefix + name, weight] as const);
  const owned = Object.entries(slots).flatMap(([param, own]) =>
    Object.entries(own).map(([slot, variable]) => [`optimizer.${slot}.${param}`, variable] as const),
  );
  return Object.fromEntries([
    ...prefixed("model.", weightsOf(module)),
    ...prefixed("ema.", ema?.weights ?? {}),
    ...owned,
  ]);
}

function settingsOf({ seed = 0, clipNorm, optimizer, ema }: RunOptions, counts: StepCounts): RunSettings {
  const { accumulate, batchesPerEpoch } = counts;
  const average = ema ? { ...ema.config } : null;
  return { seed, accumulate, clipNorm: clipNorm ?? null, batchesPerEpoch, optimizer: optimizer.config, ema: average };
}

/** A run may become longer, as long as that changes nothing of what was done already. */
function lengthDifferences({ step, batches, history }: Checkpoint, counts: StepCounts): readonly string[] {
  if (step > counts.steps) return [`steps: ${step} done in the checkpoint, ${counts.steps} in all now`];
  const same = batches === batchesAfter(counts, step) && history.epochs.every(({ steps }) => endsEpoch(counts, steps));
  return same
    ? []
    : [`steps: the run ended in the middle of an epoch, and would not have if it had had ${counts.steps} steps`];
}

/** Schedules are functions and cannot be saved; but what they gave can be compared. */
function scheduleDifferences({ steps }: History, { schedule }: RunOptions, length: number): readonly string[] {
  if (Object.keys(steps).length === 0) return [];
  const schedules: Readonly<Record<string, Schedule>> = schedulesOf(schedule);
  const names = new Set([...Object.keys(steps).filter(isScheduled), ...Object.keys(schedules)]);
  return [...names].flatMap((name) => scheduleDifference(name, steps[name], schedules[name], length));
}

function scheduleDifference(
  name: string,
  used: readonly number[] | undefined,
  now: Schedule | undefined,
  length: number,
): readonly string[] {
  if (!used) return [`schedule: there was none of ${name}, there is one now`];
  if (!now) return [`schedule: there was one of ${name}, there is none now`];
  const step = used.findIndex((value, s) => value !== Math.fround(now(s, length)));
  if (step < 0) return [];
  const words = name === "learningRate" ? "learning rate" : name;
  return [`schedule: step ${step} had ${words} ${used[step]} in the checkpoint, ${now(step, length)} now`];
}

/** Advice for the case that the run is longer now and nothing else differs. */
function adviceOnLength(checkpoint: Checkpoint, options: RunOptions, counts: StepCounts): string {
  const { path, history } = checkpoint;
  const before = checkpoint.steps ?? checkpoint.step;
  if (before >= counts.steps || scheduleDifferences(history, options, before).length > 0) return "";
  const names = typeof options.schedule === "function" ? ["schedule"] : Object.keys(options.schedule);
  const kept = names.map((name) => `\`${name}: (step) => (step < ${before} ? ${name}(step, ${before}) : VALUE)\``);
  return (
    ` The run was to have ${before} steps and now has ${counts.steps}, which changes steps that are done. To train longer, start a ` +
    "new run from these weights, with a schedule and a checkpoint folder of its own and without `resume`: " +
    `\`const saved = await loadCheckpoint(${JSON.stringify(path)}); loadWeights(module, saved.weights); saved.dispose();\`.` +
    (lengthDifferences(checkpoint, counts).length > 0
      ? ""
      : ` Or go on with this one, its schedule as it was and then at a VALUE that you choose: ${kept.join(", ")}.`)
  );
}
