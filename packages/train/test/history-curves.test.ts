import { describe, expect, it } from "vitest";
import { historyCurves, type History } from "../src/index.js";

const history: History = {
  steps: { loss: [4, 2, 1, 3, 5], "loss/late": [NaN, NaN, 6, 8, NaN] },
  epochs: [
    { epoch: 0, steps: 2, metrics: { loss: 3, accuracy: 0.5 } },
    { epoch: 1, steps: 4, metrics: { loss: 2, accuracy: NaN, recall: 0.25 } },
  ],
  stopped: null,
};

describe("historyCurves", () => {
  it("has every step and every measured epoch over the same axis, and no NaN", () => {
    expect(historyCurves(history)).toEqual([
      { name: "loss", points: [4, 2, 1, 3, 5].map((value, i) => ({ step: i + 1, value })) },
      {
        name: "loss/late",
        points: [
          { step: 3, value: 6 },
          { step: 4, value: 8 },
        ],
      },
      { name: "accuracy", points: [{ step: 2, value: 0.5 }] },
      { name: "recall", points: [{ step: 4, value: 0.25 }] },
    ]);
  });

  it("averages steps where there are more than points", () => {
    const [loss, late] = historyCurves(history, { points: 3 });
    expect(loss!.points).toEqual([
      { step: 2, value: 3 },
      { step: 4, value: 2 },
      { step: 5, value: 5 },
    ]);
    expect(late!.points).toEqual([{ step: 4, value: 7 }]);
    expect(
      historyCurves({ ...history, steps: { loss: Array.from({ length: 1001 }, () => 1) } })[0]!.points,
    ).toHaveLength(167);
  });

  it("has nothing of nothing, and refuses no points", () => {
    expect(historyCurves({ steps: { loss: [] }, epochs: [], stopped: null })).toEqual([{ name: "loss", points: [] }]);
    expect(() => historyCurves(history, { points: 0 })).toThrow("historyCurves: `points` must be");
  });
});
