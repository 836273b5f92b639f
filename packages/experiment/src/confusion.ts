import type { JobRecord, Results } from "./results.js";
import { charts, table, type Chart, type Section } from "./section.js";

type Counts = readonly (readonly number[])[];

/**
 * How often each class (row) was taken for each (column) by a variant, over all seeds: by the test, or else by that of
 * the last stage. Null if nobody counted.
 */
function confusionOf(records: readonly JobRecord[], id: string): Counts | null {
  const own = records.filter(({ variant, sweep }) => variant === id && sweep === null);
  const counts = own.flatMap(({ test, stages }) => {
    const confusion = test?.confusion ?? stages.at(-1)?.test?.confusion;
    return confusion ? [confusion] : [];
  });
  if (counts.length === 0) return null;
  return counts.reduce((a, b) => a.map((row, i) => row.map((n, j) => n + b[i]![j]!)));
}

/** The confusion matrices of all variants that have one. */
export const confusionCharts = ({ records, variants, data }: Results): Section =>
  charts(
    variants.flatMap(({ id, name }) => {
      const counts = confusionOf(records, id);
      return counts ? [confusionChart(name, counts, data.classes)] : [];
    }),
  );

/**
 * A table of the pairs of classes that all variants together take for each other most often, either way.
 *
 * @param belong - which pairs count. Default: all
 */
export function confusedPairs(
  { records, variants, data: { classes } }: Results,
  belong: (a: number, b: number) => boolean = () => true,
): Section {
  const matrices = variants.map(({ id }) => confusionOf(records, id));
  const pairs = classes.flatMap((a, i) =>
    classes.slice(i + 1).flatMap((b, offset) => {
      const j = i + 1 + offset;
      const counts = matrices.map((matrix) => (matrix ? matrix[i]![j]! + matrix[j]![i]! : 0));
      const total = counts.reduce((sum, n) => sum + n, 0);
      return total > 0 && belong(i, j) ? [{ total, cells: [`${a} – ${b}`, ...counts.map(String)] }] : [];
    }),
  );
  const rows = pairs.toSorted((a, b) => b.total - a.total).slice(0, MOST_PAIRS).map(({ cells }) => cells); // prettier-ignore
  return table(["", ...variants.map(({ name }) => name)], rows);
}

const MOST_PAIRS = 10;

/** Classes beyond which their names would not be readable. */
const MOST_NAMES = 60;

/** Which classes are taken for which: rows are the true ones, shares of each row. */
function confusionChart(title: string, counts: Counts, classes: readonly string[]): Chart {
  const values = counts.flatMap((row, truth) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    return row.map((n, said) => ({ truth: classes[truth], said: classes[said], share: total === 0 ? 0 : n / total }));
  });
  const labels = classes.length <= MOST_NAMES;
  const cell = Math.max(6, Math.min(22, Math.floor(330 / classes.length)));
  const axis = { labels, labelLimit: 110, labelOverlap: false, ticks: false, labelFontSize: Math.min(10, cell + 1) };
  return {
    title: `${title}: true classes in rows, predicted ones in columns`,
    spec: {
      title: { text: title, fontSize: 12, fontWeight: 500 },
      width: { step: cell },
      height: { step: cell },
      data: { values },
      mark: { type: "rect" },
      encoding: {
        x: { field: "said", type: "nominal", sort: null, title: "predicted", axis: { ...axis, labelAngle: -60 } },
        y: { field: "truth", type: "nominal", sort: null, title: "true", axis },
        color: { field: "share", type: "quantitative", title: "share", scale: { scheme: "blues", domain: [0, 1] } },
      },
    } as Chart["spec"],
  };
}
