import { curveChart, type CurveOptions } from "../report/charts.js";
import { page } from "../report/page.js";
import { sisterShareByChance } from "./evaluate.js";
import type { ChannelExample, McLossRun, StrategyRun } from "./run.js";
import { diversity, percent } from "./table.js";

/** The report as one HTML page that needs nothing else: styles, charts and pictures are inside. */
export async function mcLossHtml(run: McLossRun, examples: readonly ChannelExample[]): Promise<string> {
  const { strategies, data } = run;
  return page("mcloss", {
    title: "Fine-grained recognition with the mutual-channel loss",
    run,
    examples,
    percent,
    diversity,
    byChance: sisterShareByChance(data.families),
    best: strategies.toSorted((a, b) => b.test.top1 - a.test.top1)[0]?.id,
    measuredSvgs: await svgs(strategies, ({ measured }) => measured, { axis: "epoch", window: 0 }),
    curveSvgs: await svgs(strategies, ({ curves }) => curves, {}),
    pairs: confusedPairs(run),
  });
}

type Columns = Readonly<Record<string, readonly number[]>>;

/** A chart for each name, a line in it for each strategy that has it. */
function svgs(strategies: readonly StrategyRun[], pick: (s: StrategyRun) => Columns, options: CurveOptions) {
  const names = [...new Set(strategies.flatMap((strategy) => Object.keys(pick(strategy))))];
  const first = Number(options.axis === "epoch");
  const points = (title: string) =>
    strategies.flatMap((strategy) =>
      (pick(strategy)[title] ?? []).map((value, i) => ({ series: strategy.name, step: i + first, value })),
    );
  const series = strategies.map(({ name }) => name);
  return Promise.all(names.map((title) => curveChart(points(title), title, { ...options, series })));
}

/** Two classes, and how often each strategy takes one for the other. */
export interface ConfusedPair {
  readonly classes: readonly [string, string];
  readonly family: string;
  readonly counts: readonly number[];
}

/** The sister pairs that are taken for each other most often, by all strategies together. */
export function confusedPairs({ data, strategies }: Pick<McLossRun, "data" | "strategies">, most = 10): ConfusedPair[] {
  const { classes, families } = data;
  const pairs = classes.flatMap((a, i) =>
    classes.slice(i + 1).flatMap((b, offset): ConfusedPair[] => {
      const j = i + 1 + offset;
      if (families[i] !== families[j]) return [];
      const counts = strategies.map(({ test }) => test.confusion[i]![j]! + test.confusion[j]![i]!);
      return [{ classes: [a, b], family: families[i]!, counts }];
    }),
  );
  const total = ({ counts }: ConfusedPair) => counts.reduce((sum, count) => sum + count, 0);
  return pairs
    .filter((pair) => total(pair) > 0)
    .sort((a, b) => total(b) - total(a))
    .slice(0, most);
}
