import Table from "cli-table3";
import { curveChart, type CurveOptions } from "../report/charts.js";
import { page } from "../report/page.js";
import type { StrategyRun, ZoomExample, ZoomInRun } from "./run.js";

/** The report as one HTML page that needs nothing else: styles, charts and pictures are inside. */
export async function zoomInHtml(run: ZoomInRun, examples: readonly ZoomExample[]): Promise<string> {
  const { strategies } = run;
  return page("zoomin", {
    title: "Pictures too large for memory: where to look",
    run,
    examples,
    percent,
    mega: (bytes: number) => (bytes / 1e6).toFixed(0),
    best: strategies.toSorted((a, b) => b.test.accuracy - a.test.accuracy)[0]?.id,
    atChance: strategies.filter(({ test }) => !beyondChance(test, run.data.classes.length)).map(({ name }) => name),
    measuredSvgs: await svgs(strategies, ({ measured }) => measured, { axis: "epoch", window: 0 }),
    curveSvgs: await svgs(strategies, ({ curves }) => curves, {}),
  });
}

/** Whether an accuracy is above chance by more than two standard errors of chance. */
export function beyondChance({ accuracy, confusion }: StrategyRun["test"], classes: number): boolean {
  const scenes = confusion.flat().reduce((sum, count) => sum + count, 0);
  const chance = 1 / classes;
  return accuracy > chance + 2 * Math.sqrt((chance * (1 - chance)) / scenes);
}

type Columns = Readonly<Record<string, readonly number[]>>;

/** A chart for each name, a line in it for each strategy. */
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

/** What every strategy came to, no wider than a terminal. */
export function qualityTable(strategies: readonly StrategyRun[]): string {
  const table = new Table({
    head: ["%", "valid.", "test", "sign seen", "s"],
    colAligns: ["left", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, best, test, seconds } of strategies)
    table.push([name, percent(best.accuracy), percent(test.accuracy), percent(test.found), seconds.toFixed(0)]);
  return table.toString();
}

/** A share in %. */
const percent = (share: number): string => (100 * share).toFixed(1);
