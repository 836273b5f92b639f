import type { Results } from "./results.js";
import { charts, type Chart, type Section } from "./section.js";

const LEGEND = { labelLimit: 190, orient: "bottom", columns: 2 } as const;

/** How training went, on the first seed: a chart for each validation measure and each term of the loss. */
export function trainingCharts({ records, variants, seeds, metrics }: Results): Section {
  const series = variants.map(({ name }) => name);
  const stages = variants.flatMap(({ id, name: series }) => {
    const record = records.find(({ variant, sweep, settings }) => variant === id && sweep === null && settings.seed === seeds[0]); // prettier-ignore
    return (record?.stages ?? []).map((stage) => ({ ...stage, series }));
  });
  const chartsOf = (columns: "validation" | "curves", axis: Axis) => {
    const keys = stages.flatMap((stage) => Object.keys(stage[columns]).map((name) => JSON.stringify([stage.name, name]))); // prettier-ignore
    return [...new Set(keys)].map((key) => {
      const [stageName, name] = JSON.parse(key) as [string, string];
      const values = stages
        .filter((stage) => stage.name === stageName)
        .flatMap(({ [columns]: { [name]: numbers = [] }, series }) =>
          numbers.map((value, i) => ({ series, step: i + axis.first, value })),
        );
      const title = `${axis.of}${metrics[name]?.title ?? name}${stageName && `, ${stageName}`}`;
      return curveChart(title, values, series, axis);
    });
  };
  return charts([...chartsOf("validation", EPOCHS), ...chartsOf("curves", STEPS)]);
}

/** What numbers are counted over, and over how many of them they are smoothed so that curves can be told apart. */
interface Axis {
  readonly title: string;
  readonly first: number;
  readonly window: number;
  /** Before the name of what is shown. */
  readonly of: string;
}

const EPOCHS: Axis = { title: "epoch", first: 1, window: 0, of: "validation " };
const STEPS: Axis = { title: "step", first: 0, window: 8, of: "" };

/** Curves over an axis. @param series - all there are, so that each has one colour in several charts */
const curveChart = (
  title: string,
  values: readonly { readonly series: string; readonly step: number; readonly value: number }[],
  series: readonly string[],
  { title: axis, window }: Axis,
): Chart => ({
  title: `${title} by ${axis}`,
  spec: {
    width: 330,
    height: 220,
    data: { values },
    transform: [
      {
        window: [{ op: "mean", field: "value", as: "smooth" }],
        groupby: ["series"],
        sort: [{ field: "step" }],
        frame: [-window, 0],
      },
    ],
    mark: { type: "line", strokeWidth: 1.8, point: window === 0 },
    encoding: {
      x: { field: "step", type: "quantitative", title: axis, axis: { tickMinStep: 1 } },
      y: { field: "smooth", type: "quantitative", title, scale: { zero: false } },
      color: { field: "series", type: "nominal", title: null, sort: null, legend: LEGEND, scale: { domain: series } },
    },
  } as Chart["spec"],
});
