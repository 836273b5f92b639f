import type { Example, MvHfmdRun, StrategyRun } from "../run.js";
import { accuracyChart, curveChart } from "./charts.js";
import { page } from "./page.js";

/** What the page shows beside the run itself. */
export interface ReportParts {
  readonly run: MvHfmdRun;
  readonly examples: readonly Example[];
  /** The strategy whose attention the examples show. */
  readonly explained: string;
}

/** The report as one HTML page that needs nothing else: styles, charts and pictures are inside. */
export async function reportHtml({ run, examples, explained }: ReportParts): Promise<string> {
  const viewCounts = [...new Set(run.strategies.flatMap((s) => s.accuracy.map((a) => a.views)))].sort((a, b) => a - b);
  return page("mvhfmd", {
    run,
    examples,
    explained,
    title: "Multi-view classification with hybrid fusion and mutual distillation",
    viewCounts,
    counts: run.strategies.toSorted((a, b) => b.accuracy.length - a.accuracy.length)[0]?.accuracy ?? [],
    best: bestStrategy(run.strategies)?.name,
    accuracySvg: await accuracyChart(
      run.strategies.flatMap(({ name, accuracy }) =>
        accuracy.map(({ views, top1 }) => ({ strategy: name, views, accuracy: top1 })),
      ),
    ),
    curveSvgs: await curveSvgs(run.strategies),
  });
}

/** Predictions for pictures of which nobody knows the truth, as one HTML page. */
export const predictionHtml = (examples: readonly Example[]): string => page("prediction", { examples });

/** Highest top-1 with the most views. */
export const bestStrategy = (strategies: readonly StrategyRun[]): StrategyRun | undefined =>
  strategies.toSorted((a, b) => top1WithMostViews(b) - top1WithMostViews(a))[0];

const top1WithMostViews = ({ accuracy }: StrategyRun) => accuracy.toSorted((a, b) => b.views - a.views)[0]?.top1 ?? 0;

async function curveSvgs(strategies: readonly StrategyRun[]): Promise<string[]> {
  const terms = [...new Set(strategies.flatMap((s) => Object.keys(s.curves)))];
  return Promise.all(
    terms.map((term) =>
      curveChart(
        strategies.flatMap(({ name, curves }) =>
          (curves[term] ?? []).map((value, step) => ({ series: name, step, value })),
        ),
        term,
      ),
    ),
  );
}
