import { join, relative } from "node:path";
import { writeFileAtomic } from "@fovea/nn/node";
import { trunkSource } from "@fovea/open-datasets";
import { provenance } from "../provenance.js";
import { reportHtml } from "../report/html.js";
import type { Example, MvHfmdRun, StrategyRun } from "../run.js";
import type { DemoOptions } from "./demo.js";
import { accuracyTable } from "./table.js";
import type { Task } from "./task.js";

/** A run as it is saved and shown. */
export const describeRun = (
  { settings, command, engine }: DemoOptions,
  task: Task,
  strategies: readonly StrategyRun[],
): MvHfmdRun => ({
  schema: "mvhfmd/1",
  ...provenance(engine),
  command,
  data: {
    name: task.name,
    description: task.description,
    classes: task.classes,
    trainImages: task.train.items.length,
    testImages: task.test.items.length,
    sources: [...task.sources, trunkSource],
  },
  settings: { ...settings },
  strategies,
});

/** Writes `run.json` and `report.html`. @returns the report's path */
export async function publish(out: string, run: MvHfmdRun, examples: readonly Example[]): Promise<string> {
  const explained = run.strategies.find(({ name }) => name.startsWith("hybrid + "))?.name ?? "";
  const report = join(out, "report.html");
  const html = await reportHtml({ run, examples, explained });
  await writeFileAtomic(join(out, "run.json"), JSON.stringify(run, null, 1));
  await writeFileAtomic(report, html);
  return report;
}

/** What the terminal shows at the end. */
export const summary = (run: MvHfmdRun, report: string): string =>
  `${accuracyTable(run.strategies)}\n${run.data.name}: chance is ${(100 / run.data.classes.length).toFixed(1)} %, ` +
  `one seed.\nReport: ${relative(process.cwd(), report)}`;
