import { describe, expect, it } from "vitest";
import { operatorTimes, type TraceEvent } from "../src/worker/operator-times.js";

const run = (ts: number): TraceEvent => ({ cat: "Session", name: "model_run", ts, dur: 1000 });
const node = (ts: number, op_name: string, dur: number, ...shapes: number[][]): TraceEvent => ({
  ...{ cat: "Node", name: `${op_name}_1_kernel_time`, ts, dur },
  args: { op_name, input_type_shape: shapes.map((float) => ({ float })) },
});

describe("operatorTimes", () => {
  const wide = [16, 64, 8, 8];
  const narrow = [1, 8];
  const events = [
    { cat: "Session", name: "session_initialization", ts: 0, dur: 9e9 },
    ...[run(1000), node(1001, "Conv", 70_000, wide)], // to warm up
    ...[
      run(2000),
      node(2001, "Conv", 3000, wide, [], [64]),
      node(2002, "Add", 500, narrow),
      node(2003, "Conv", 1000, narrow),
    ],
    ...[
      run(3000),
      node(3001, "Conv", 5000, wide, [], [64]),
      node(3002, "Add", 1500, narrow),
      node(3003, "Conv", 1000, narrow),
    ],
    { ...node(3001, "Conv", 1e9), name: "Conv_1_fence_before" },
  ];

  it("are those of a run, the slowest first, with the shapes that most of the time goes to", () =>
    expect(operatorTimes(events, 1)).toEqual([
      { operator: "Conv", calls: 2, ms: 5, shapes: "16×64×8×8, 64" },
      { operator: "Add", calls: 1, ms: 1, shapes: "1×8" },
    ]));

  it("are none without a run", () => expect(operatorTimes([], 3)).toEqual([]));
});
