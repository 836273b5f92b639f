import { describe, expect, it } from "vitest";
import { earlyStop, type EarlyStopOptions, type History, type Run } from "../../src/index.js";

/** After how many epochs a run with these scores is stopped, and why. */
async function stopsAfter(
  scores: readonly (number | undefined)[],
  options: EarlyStopOptions,
): Promise<[number, string | null]> {
  const history: History = { steps: {}, epochs: [], stopped: null };
  const run = {
    history,
    epochs: scores.length,
    stop: (reason: string) => void (history.stopped ??= reason),
  } as unknown as Run;
  const callback = earlyStop(options);
  for (const [epoch, score] of scores.entries()) {
    const record = { epoch, steps: epoch + 1, metrics: { loss: 1, ...(score !== undefined && { score }) } };
    history.epochs.push(record);
    await callback.onEpoch?.(record, run);
    if (history.stopped) break;
  }
  return [history.epochs.length, history.stopped];
}

describe("earlyStop", () => {
  it("waits `patience` epochs after the best", async () => {
    expect(await stopsAfter([5, 3, 4, 4, 2, 9, 9, 9], { monitor: "score", patience: 3 })).toEqual([
      8,
      "earlyStop: score has not been better than 2 since epoch 4",
    ]);
    expect(await stopsAfter([1, 2, 3, 4], { monitor: "score", patience: 1, mode: "max" })).toEqual([4, null]);
    expect(await stopsAfter([2, 2, 2], { monitor: "score", patience: 2, mode: "max" })).toEqual([3, expect.anything()]);
  });

  it("counts measurements, not epochs", async () => {
    expect((await stopsAfter([1, undefined, 2, undefined, 3], { monitor: "score", patience: 2 }))[0]).toBe(5);
  });

  it("waits for a metric that is measured seldom", async () => {
    const seldom = [undefined, undefined, undefined, 1];
    expect(await stopsAfter(seldom, { monitor: "score", patience: 2 })).toEqual([4, null]);
  });

  it("says so when nothing is called that", async () => {
    await expect(stopsAfter([1, 2], { monitor: "acuracy", patience: 2 })).rejects.toThrow(
      "earlyStop: no epoch measured `acuracy`; there are loss, score.",
    );
    expect(() => earlyStop({ monitor: "loss", patience: 0 })).toThrow(
      "earlyStop: `patience` must be a whole number of at least 1",
    );
  });
});
