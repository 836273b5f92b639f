import {
  bullets,
  cellOf,
  charts,
  confusionCharts,
  detail,
  difference,
  figures,
  formatted,
  heading,
  howItWasMade,
  overSeeds,
  paragraph,
  percent,
  table,
  trainingCharts,
  type Chart,
  type Figure,
  type Results,
  type Section,
} from "@fovea/experiment";
import type { CollectionCount } from "./data.js";
import { mergings } from "./merging.js";

/** What the page says of the ways to merge views. */
export function report(results: Results<readonly Figure[]>): Section[] {
  const { data, settings, command } = results;
  const most = Number(settings["views"]);
  const chance = `Chance is ${percent(1 / data.classes.length)} %.`;
  const gains = differences(results, most);
  return [
    paragraph(
      "A collection is several views of one object: images of it. Each variant merges the views of a collection in a " +
        `different way. The table has the top-1 accuracy by number of views, in %, ${overSeeds(results)}. ${chance}`,
    ),
    accuracyTable(results, most),
    ...(gains.length > 0
      ? [paragraph("Differences between two variants of the same seed, in points:"), bullets(gains)]
      : []),
    ...detail(charts([accuracyChart(results)])),
    ...(command === "run" ? detail(...runSections(results, most)) : []),
    ...detail(heading("Variants"), bullets(rowsOf(results).map(({ name, description }) => `${name}: ${description}`))),
    ...howItWasMade(results, budget(data.details as readonly CollectionCount[], settings)),
  ];
}

/** Every prediction that is read off a model of the results. */
const rowsOf = ({ variants }: Pick<Results, "variants">) =>
  variants.flatMap((variant) => mergings.find(({ id }) => id === variant.id)!.rows.map((row) => ({ ...row, variant })));

const viewsWord = (count: number): string => `${count.toLocaleString("en")} view${count === 1 ? "" : "s"}`;
const upTo = (most: number): number[] => Array.from({ length: most }, (_, i) => i + 1);

/** A row for each prediction, a column for each number of views. */
function accuracyTable(results: Results, most: number): Section {
  const isRun = results.command === "run";
  const seconds = (id: string) =>
    results.records.filter(({ variant }) => variant === id).map(({ stages }) => stages[0]!.seconds);
  return table(
    ["variant", ...upTo(most).map(viewsWord), ...(isRun ? ["top-5", "params", "s"] : ["trained params"])],
    rowsOf(results).map(({ name, output, variant: { id, params } }) => [
      name,
      ...upTo(most).map((views) => cellOf(results, id, { metric: "top1", at: { output, views } })),
      ...(isRun ? [cellOf(results, id, { metric: "top5", at: { output, views: most } })] : []),
      params.toLocaleString("en"),
      ...(isRun ? [formatted({ decimals: 0 }, seconds(id))] : []),
    ]),
  );
}

/** An output of a variant, with a number of views. */
type Side = readonly [variant: string, output: string, views: number];

/** What each seed says of two predictions, one against the other, where both are there. */
function differences(results: Results, most: number): string[] {
  const quantity = ([, output, views]: Side) => ({ metric: "top1", at: { output, views } });
  const gain = (words: string, one: Side, base: Side): string[] =>
    [one, base].every(([id]) => results.variants.some((variant) => variant.id === id))
      ? [`${words}: ${difference(results, one[0], base[0], quantity(one), quantity(base))}`]
      : [];
  const [all, name] = [viewsWord(most), "hybrid + distillation"];
  const fused: Side = ["mv-hfmd", "fused", most];
  const single: Side = ["single", "single", 1];
  return [
    ...gain(`${all} instead of 1, ${name}`, fused, ["mv-hfmd", "fused", 1]),
    ...gain(`${name} with ${all} against the single view`, fused, single),
    ...gain(`${name} against score fusion by mean logits, ${all}`, fused, ["single", "logits", most]),
    ...gain(`gain of hybrid by mutual distillation, ${all}`, fused, ["hybrid", "fused", most]),
    ...gain("gain of a single view by training on several views", ["mv-hfmd", "single", 1], single),
  ];
}

/** Accuracy by number of views, the mean over the seeds, a line for each prediction. */
function accuracyChart(results: Results): Chart {
  const values = rowsOf(results).flatMap(({ name, output, variant }) =>
    results.rows
      .filter((row) => row.variant === variant.id && row.metric === "top1" && row.at["output"] === output)
      .map(({ at, value }) => ({ variant: name, views: at["views"], percent: 100 * value! })),
  );
  const color = { field: "variant", type: "nominal", title: null, sort: null, scale: { scheme: "tableau20" }, legend: { labelLimit: 240, orient: "bottom", columns: 2 } }; // prettier-ignore
  const x = { field: "views", type: "ordinal", title: "views", axis: { labelAngle: 0 } };
  const y = { field: "percent", aggregate: "mean", type: "quantitative", title: "top-1 accuracy, %", scale: { zero: false } }; // prettier-ignore
  const mark = { type: "line", point: { size: 50 }, strokeWidth: 2 };
  const spec = { width: 330, height: 260, data: { values }, mark, encoding: { x, y, color } };
  return { title: "Top-1 accuracy by number of views", spec: spec as Chart["spec"] };
}

/** How the models of a run were trained, and what one of them looks at. */
function runSections(results: Results<readonly Figure[]>, most: number): Section[] {
  const shown = results.records.find((record) => (record.figures ?? []).length > 0);
  const variants = results.variants.filter(({ id }) => id === shown?.variant);
  const name = variants[0]?.name ?? "";
  return [
    heading("Training"),
    trainingCharts(results),
    heading("Which classes are taken for which"),
    paragraph(`${name}, with ${viewsWord(most)}.`),
    confusionCharts({ ...results, variants }),
    heading("Collections, view by view"),
    paragraph(
      `Below each view what it says alone; under it where **${name}** looks: attention of the class token over the ` +
        "tokens, rolled out over the layers. What is dark is not attended to; the views of a collection share one scale.",
    ),
    figures(shown?.figures ?? []),
  ];
}

function budget(tested: readonly CollectionCount[], { views, data }: Results["settings"]): string {
  const counts = tested.map(({ collections, total, views }) => `${collections} of ${total.toLocaleString("en")} collections of ${viewsWord(views)}`); // prettier-ignore
  return (
    `Tested on ${counts.join(", ")}, the same for every variant. Every batch draws its number of views from 1 to ` +
    `${String(views)}; the last weights are tested, without a selection. The trunk is frozen. A seed changes initial ` +
    `weights, batches${data === "emoji" ? ", poses and backgrounds of all images," : ""} and the test collections.`
  );
}
