import type { Results } from "./results.js";
import { charts, type Chart, type Section } from "./section.js";

const LEGEND = { labelLimit: 190, orient: "bottom", columns: 2 } as const;

/** A number over steps or epochs, for one line of a chart. */
export interface CurvePoint {
  readonly series: string;
  readonly step: number;
  readonly value: number;
}

/** What `step` counts, and over how many of them curves are smoothed so that several can be told apart. */
export interface CurveOptions {
  /** Default "step". */
  readonly axis?: string;
  /** Default 8; 0 shows each value as it is. */
  readonly window?: number;
  /** All series there are, so that each has one colour in several charts. Default: those of the points. */
  readonly series?: readonly string[];
}

/** Curves over the steps, or the epochs, of training. */
export const curveChart = (
  points: readonly CurvePoint[],
  title: string,
  { axis = "step", window = 8, series }: CurveOptions = {},
): Chart => ({
  title: `${title} by ${axis}`,
  spec: {
    width: 330,
    height: 220,
    data: { values: [...points] },
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
      color: {
        field: "series",
        type: "nominal",
        title: null,
        sort: null,
        legend: LEGEND,
        ...(series && { scale: { domain: series } }),
      },
    },
  } as Chart["spec"],
});

/** How training went, on the first seed: a chart for each validation measure and each term of the loss. */
export function trainingCharts({ records, variants, seeds, metrics }: Results): Section {
  const series = variants.map(({ name }) => name);
  const lines = variants.flatMap(({ id, name }) => {
    const record = records.find(({ variant, sweep, settings }) => variant === id && sweep === null && settings.seed === seeds[0]); // prettier-ignore
    return (record?.stages ?? []).map((stage) => ({ stage, series: name }));
  });
  const of = (columns: "validation" | "curves", first: number, options: CurveOptions) => {
    const keys = lines.flatMap(({ stage }) => Object.keys(stage[columns]).map((name) => JSON.stringify([stage.name, name]))); // prettier-ignore
    return [...new Set(keys)].map((key) => {
      const [stageName, name] = JSON.parse(key) as [string, string];
      const points = lines
        .filter(({ stage }) => stage.name === stageName)
        .flatMap(({ stage, series: of }) =>
          (stage[columns][name] ?? []).map((value, i) => ({ series: of, step: i + first, value })),
        );
      const known = metrics[name]?.title ?? name;
      const title = columns === "validation" ? `validation ${known}` : known;
      return curveChart(points, stageName === "" ? title : `${title}, ${stageName}`, { ...options, series });
    });
  };
  return charts([...of("validation", 1, { axis: "epoch", window: 0 }), ...of("curves", 0, {})]);
}
