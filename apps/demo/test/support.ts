import type { MvHfmdRun, StrategyRun } from "../src/run.js";

/** A row with the given top-1 accuracies for 1, 2, … views. */
export const row = (name: string, ...top1: number[]): StrategyRun => ({
  name,
  description: `How ${name} merges.`,
  params: 1234,
  seconds: 5,
  curves: { "fused loss": [3, 2, 1] },
  accuracy: top1.map((share, i) => ({ views: i + 1, top1: share, top5: 1, collections: 10, total: 99 })),
});

export const runOf = (strategies: readonly StrategyRun[]): MvHfmdRun => ({
  schema: "mvhfmd/1",
  date: "2026-01-01 00:00 UTC",
  command: "npm run demo",
  commit: "abc1234",
  machine: { cpu: "a processor", cores: 2, node: "20.0.0", engine: "wasm" },
  data: { name: "set", description: "Things <b>.", classes: ["a", "b"], trainImages: 8, testImages: 4, sources: [] },
  settings: { views: 2, epochs: 1, seed: 0, data: "emoji" },
  strategies,
});
