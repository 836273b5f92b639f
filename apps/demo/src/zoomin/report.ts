import Table from "cli-table3";
import { curveChart, type CurveOptions } from "../report/charts.js";
import { page } from "../report/page.js";
import type { Quality } from "./evaluate.js";
import type { StageRun, StrategyRun, ZoomExample, ZoomInRun } from "./run.js";

/** The report as one HTML page that needs nothing else: styles, charts and pictures are inside. */
export async function zoomInHtml(run: ZoomInRun, examples: readonly ZoomExample[]): Promise<string> {
  const { strategies } = run;
  return page("zoomin", {
    title: "Pictures too large for memory: where to look",
    run,
    examples,
    percent,
    mega: (bytes: number) => (bytes / 1e6).toFixed(0),
    sides: strategies[0]?.stages.map(({ side }) => side) ?? [],
    best: strategies.toSorted((a, b) => lastTest(b).accuracy - lastTest(a).accuracy)[0]?.id,
    atChance: strategies
      .filter((strategy) => !beyondChance(lastTest(strategy), run.data.classes.length))
      .map(({ name }) => name),
    measuredSvgs: await svgs(strategies, ({ measured }) => measured, { axis: "epoch", window: 0 }),
    curveSvgs: await svgs(strategies, ({ curves }) => curves, {}),
  });
}

const lastTest = ({ stages }: StrategyRun) => stages.at(-1)!.test;

/** Whether an accuracy is above chance by more than two standard errors of chance. */
export function beyondChance({ accuracy, confusion }: Quality, classes: number): boolean {
  const scenes = confusion.flat().reduce((sum, count) => sum + count, 0);
  const chance = 1 / classes;
  return accuracy > chance + 2 * Math.sqrt((chance * (1 - chance)) / scenes);
}

type Columns = Readonly<Record<string, readonly number[]>>;

/** A chart for each name, a line in it for each strategy; its stages follow one another. */
function svgs(strategies: readonly StrategyRun[], pick: (stage: StageRun) => Columns, options: CurveOptions) {
  const valuesOf = ({ stages }: StrategyRun, name: string) => stages.flatMap((stage) => pick(stage)[name] ?? []);
  const names = [...new Set(strategies.flatMap(({ stages }) => stages.flatMap((stage) => Object.keys(pick(stage)))))];
  const first = Number(options.axis === "epoch");
  const points = (title: string) =>
    strategies.flatMap((strategy) =>
      valuesOf(strategy, title).map((value, i) => ({ series: strategy.name, step: i + first, value })),
    );
  const series = strategies.map(({ name }) => name);
  return Promise.all(names.map((title) => curveChart(points(title), title, { ...options, series })));
}

/** What every strategy came to on scenes of every side, no wider than a terminal. */
export function qualityTable(strategies: readonly StrategyRun[]): string {
  const table = new Table({
    head: ["%", "side", "valid.", "test", "sign seen", "s"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, stages } of strategies)
    stages.forEach(({ side, best, test, seconds }, i) =>
      table.push([
        ...[i === 0 ? name : "", String(side), percent(best.accuracy), percent(test.accuracy)],
        ...[percent(test.found), seconds.toFixed(0)],
      ]),
    );
  return table.toString();
}

/** A share in %. */
const percent = (share: number): string => (100 * share).toFixed(1);
