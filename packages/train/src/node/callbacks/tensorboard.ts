import { appendFileSync, mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Metrics } from "../../history.js";
import { Event } from "../tensorboard/event.js";
import { tfRecord } from "../tensorboard/record.js";
import type { Callback } from "../../callbacks/callback.js";

/**
 * Writes event files that TensorBoard reads (`tensorboard --logdir dir`): each step's numbers under their names, each
 * epoch's metrics as `epoch/name` at its last step. A resumed run begins another file, which tells TensorBoard to
 * forget what the earlier ones have from its first step on.
 */
export function tensorboard(dir: string): Callback {
  let path = "";
  const write = (event: Readonly<Record<string, unknown>>) =>
    appendFileSync(path, tfRecord(Event.encode({ wallTime: Date.now() / 1000, ...event }).finish()));
  const scalars = (step: number, metrics: Metrics, prefix = "") => {
    const value = Object.entries(metrics).map(([name, simpleValue]) => ({ tag: prefix + name, simpleValue }));
    write({ step, summary: { value } });
  };
  return {
    onStart: ({ startStep }) => {
      mkdirSync(dir, { recursive: true });
      path = join(
        dir,
        `events.out.tfevents.${Math.floor(Date.now() / 1000)}.${hostname()}.${process.pid}.${counter++}`,
      );
      write({ fileVersion: "brain.Event:2" });
      if (startStep > 0) write({ step: startStep, sessionLog: { status: 1 } }); // START
    },
    onStep: ({ step, values }) => scalars(step, values),
    onEpoch: ({ steps, metrics }) => scalars(steps - 1, metrics, "epoch/"),
  };
}

let counter = 0; // two runs of one process may start in one second
