import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { type Callback, type Run, type StepEvent } from "../../src/index.js";
import { progressBar } from "../../src/node/index.js";

const run = {
  steps: 400,
  epochs: 4,
  startStep: 100,
  history: { steps: { loss: [] }, epochs: [], stopped: null },
} as unknown as Run;
const event = (step: number): StepEvent => ({
  step,
  epoch: Math.floor(step / 100),
  values: { loss: 0.123456, learningRate: 0.001, gradientNorm: 1 },
  samples: 32,
  seconds: 0.5,
});
const record = { epoch: 1, steps: 200, metrics: { loss: 0.25, accuracy: 0.87654 } };

function sink(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 200, getWindowSize: () => [200, 20] });
  let text = "";
  stream.on("data", (chunk: Buffer) => (text += String(chunk)));
  return { stream, text: () => text };
}

/** A session: two steps, an end of an epoch, another step. */
async function play(callback: Callback, wait = 0): Promise<void> {
  await callback.onStart?.(run);
  for (const step of [198, 199]) await callback.onStep?.(event(step), run);
  await callback.onEpoch?.(record, run);
  await new Promise((resolve) => setTimeout(resolve, wait));
  await callback.onStep?.(event(200), run);
  await callback.onEnd?.(run);
}

describe("progressBar", () => {
  it("draws a bar on a terminal, with loss, rate, speed, time left and the last measurement", async () => {
    const { stream, text } = sink(true);
    await play(progressBar({ stream }), 250);
    expect(text()).toContain("=".repeat(12)); // 201 of 400 steps, on 24 characters
    expect(text()).toContain("50% | epoch 3/4 | loss 0.1235 | lr 0.001 | 64 samples/s | ETA 1:40 | accuracy 0.8765");
    expect(text()).toContain("\u001b[0K"); // redrawn in place
  });

  it.each([true, false])("says once why steps are not compiled (terminal: %s)", async (isTTY) => {
    const { stream, text } = sink(isTTY);
    const bar = progressBar({ stream });
    await bar.onStart?.(run);
    await bar.onStep?.({ ...event(198), eager: "no lowering" }, run);
    for (const step of [199, 200]) await bar.onStep?.(event(step), run);
    await new Promise((resolve) => setTimeout(resolve, isTTY ? 250 : 0));
    await bar.onEnd?.(run);
    expect(text()).toContain(isTTY ? "| eager: no lowering" : "step 199/400 | eager: no lowering\n");
    if (!isTTY) expect(text().match(/eager/g)).toHaveLength(1);
  });

  it("leaves no timer behind after the end or an error, which would keep the process", async () => {
    for (const end of ["onEnd", "onError"] as const) {
      const { stream } = sink(true);
      const bar = progressBar({ stream });
      const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
      const before = timers();
      await bar.onStart?.(run);
      expect(timers()).toBe(before + 1);
      await (end === "onEnd" ? bar.onEnd?.(run) : bar.onError?.(new Error(), run));
      expect(timers()).toBe(before);
    }
  });

  it("elsewhere writes a line now and then, and one an epoch", async () => {
    const often = sink(false);
    await play(progressBar({ stream: often.stream, every: 0 }));
    expect(often.text().split("\n")).toEqual([
      "step 199/400 | epoch 2/4 | loss 0.1235 | lr 0.001 | 64 samples/s | ETA 1:41",
      "step 200/400 | epoch 2/4 | loss 0.1235 | lr 0.001 | 64 samples/s | ETA 1:40",
      "epoch 2/4 done | loss 0.25 | accuracy 0.8765",
      "step 201/400 | epoch 3/4 | loss 0.1235 | lr 0.001 | 64 samples/s | ETA 1:40",
      "",
    ]);
    const seldom = sink(false);
    await play(progressBar({ stream: seldom.stream }));
    expect(seldom.text()).toBe("epoch 2/4 done | loss 0.25 | accuracy 0.8765\n");
  });

  it("does not take a slow first step for the pace", async () => {
    const { stream, text } = sink(false);
    const bar = progressBar({ stream, every: 0 });
    await bar.onStart?.(run);
    await bar.onStep?.({ ...event(100), seconds: 60 }, run);
    await bar.onStep?.(event(101), run);
    expect(text()).toContain("ETA 4:59:00\n");
    expect(text()).toContain("ETA 2:29\n");
  });
});
