import { SingleBar } from "cli-progress";
import type { Callback, Run, StepEvent } from "../../callbacks/callback.js";
import { shown } from "./short.js";

/** What `progressBar` is made from. */
export interface ProgressBarOptions {
  /** The stream to write to: a bar if it is a terminal, lines if not. Default: standard error. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Seconds from one line to the next if the stream is no terminal. Default 10. */
  readonly every?: number;
}

/**
 * Shows where the run is: epoch, step, loss, learning rate, samples a second, time left, and what was measured last. A
 * bar on a terminal; elsewhere, in a log file say, a line now and then and one after every epoch. If steps are not
 * compiled though the engine compiles, it says why, once: at the end of the bar, or in a line of its own.
 */
export function progressBar({ stream = process.stderr, every = 10 }: ProgressBarOptions = {}): Callback {
  const pace = runningPace();
  return stream.isTTY ? barOn(stream, pace) : linesOn(stream, every, pace);
}

type Pace = ReturnType<typeof runningPace>;

function barOn(stream: NodeJS.WritableStream, pace: Pace): Callback {
  let bar: SingleBar | undefined;
  let [measured, eager] = ["", ""];
  const stop = () => bar?.stop();
  return {
    onStart: ({ steps, startStep }) => {
      bar = new SingleBar({ stream, format: "{bar} {percentage}% | {text}", barsize: 24, gracefulExit: false });
      bar.start(steps, startStep, { text: "" });
    },
    onStep: (event, run) => {
      if (event.eager !== undefined) eager = ` | eager: ${event.eager}`;
      bar?.update(event.step + 1, { text: lineOf(event, run, pace) + measured + eager });
    },
    onEpoch: ({ metrics }, { history }) => {
      measured = list(Object.entries(metrics).filter(([name]) => !(name in history.steps)));
    },
    onEnd: stop,
    onError: stop,
  };
}

function linesOn(stream: NodeJS.WritableStream, every: number, pace: Pace): Callback {
  let last = performance.now();
  return {
    onStep: (event, run) => {
      const text = lineOf(event, run, pace);
      if (event.eager !== undefined) stream.write(`step ${event.step + 1}/${run.steps} | eager: ${event.eager}\n`);
      if (performance.now() - last < every * 1000) return;
      last = performance.now();
      stream.write(`step ${event.step + 1}/${run.steps} | ${text}\n`);
    },
    onEpoch: ({ epoch, metrics }, { epochs }) =>
      void stream.write(`epoch ${epoch + 1}/${epochs} done${list(Object.entries(metrics))}\n`),
  };
}

function lineOf(event: StepEvent, run: Run, pace: Pace): string {
  const { secondsPerStep, samplesPerSecond } = pace(event);
  const { loss, learningRate } = event.values as { loss: number; learningRate: number };
  return [
    `epoch ${event.epoch + 1}/${run.epochs}`,
    `loss ${shown(loss)}`,
    `lr ${shown(learningRate)}`,
    `${shown(samplesPerSecond)} samples/s`,
    `ETA ${clock(secondsPerStep * (run.steps - event.step - 1))}`,
  ].join(" | ");
}

/**
 * Means over about the last ten steps. The first step, which warms everything up, counts only until there is a second.
 */
function runningPace(): (event: StepEvent) => { secondsPerStep: number; samplesPerSecond: number } {
  let [steps, seconds, samples] = [0, 0, 0];
  return (event) => {
    const memory = steps === 1 ? 0 : 0.9;
    seconds = memory * seconds + event.seconds;
    samples = memory * samples + event.samples;
    steps = memory * steps + 1;
    return { secondsPerStep: seconds / steps, samplesPerSecond: samples / seconds };
  };
}

const list = (metrics: readonly (readonly [string, number])[]): string =>
  metrics.map(([name, value]) => ` | ${name} ${shown(value)}`).join("");

/** 59 → 0:59, 3725 → 1:02:05. */
function clock(seconds: number): string {
  const rounded = Math.round(seconds);
  const [h, m, s] = [Math.floor(rounded / 3600), Math.floor(rounded / 60) % 60, rounded % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
