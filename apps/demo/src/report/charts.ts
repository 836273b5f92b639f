import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** A Vega-Lite chart as SVG text, drawn without a browser. */
export async function svgChart(spec: Omit<TopLevelSpec, "$schema">): Promise<string> {
  const { spec: vega } = compile({ background: "transparent", ...spec } as TopLevelSpec);
  const view = new View(parse(vega), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Names are not cut short, and colours stand beside them. */
const LEGEND = { labelLimit: 220, orient: "right" } as const;
/** The same below the chart, so that two charts fit side by side. */
const LEGEND_BELOW = { ...LEGEND, orient: "bottom", columns: 2, labelLimit: 190 } as const;

/** One number over steps, for one line of a chart. */
export interface CurvePoint {
  readonly series: string;
  readonly step: number;
  readonly value: number;
}

/** What `step` counts, and over how many of them curves are smoothed so that several can be told apart. */
export interface CurveOptions {
  /** Default "step". */
  readonly axis?: string;
  /** Default 8. */
  readonly window?: number;
  /** All series there are, so that each has one colour in several charts. Default: those of the points. */
  readonly series?: readonly string[];
}

/** Curves over the steps, or the epochs, of training. */
export const curveChart = (
  points: readonly CurvePoint[],
  title: string,
  { axis = "step", window = 8, series }: CurveOptions = {},
): Promise<string> =>
  svgChart({
    width: 400,
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
        legend: LEGEND_BELOW,
        ...(series && { scale: { domain: series } }),
      },
    },
  } as Omit<TopLevelSpec, "$schema">);

/** Accuracy of one strategy with a number of views. */
export interface AccuracyPoint {
  readonly strategy: string;
  readonly views: number;
  readonly accuracy: number;
}

/** Accuracy by number of views, one line a strategy, labelled at its end. */
export const accuracyChart = (points: readonly AccuracyPoint[]): Promise<string> =>
  svgChart({
    width: 400,
    height: 260,
    data: { values: points.map((point) => ({ ...point, percent: 100 * point.accuracy })) },
    mark: { type: "line", point: { size: 50 }, strokeWidth: 2 },
    encoding: {
      x: { field: "views", type: "ordinal", title: "views", axis: { labelAngle: 0 } },
      y: { field: "percent", type: "quantitative", title: "top-1 accuracy, %", scale: { zero: false } },
      color: { field: "strategy", type: "nominal", title: null, sort: null, legend: LEGEND },
    },
  } as Omit<TopLevelSpec, "$schema">);
