import { charts, heading, paragraph, rounded, spread, table, valuesOf, type Chart, type Results, type Section } from "@fovea/experiment"; // prettier-ignore
import { median } from "simple-statistics";
import { KINDS, type Kind } from "./gradient-noise.js";
import type { Settings } from "./settings.js";

/** How the gradient for attention scatters: what the evaluation of attention sampling has measured. */
export function gradientSections(results: Results): Section[] {
  const all = results.rows.filter(({ metric }) => metric === "noise").map(({ at }) => Number(at["patches"]));
  const counts = [...new Set(all)];
  if (counts.length === 0) return [];
  const of: Values = (metric, kind, patches) => valuesOf(results, "attention-sampling", { metric, at: { kind, patches } }).map(Number); // prettier-ignore
  const text = explanation(results.settings as unknown as Settings);
  return [heading("Gradients"), paragraph(text), charts([chartOf(counts, of)]), tableOf(counts, of)];
}

/** What each seed found for a way to draw so many patches. */
type Values = (metric: "noise" | "squaredBias", kind: Kind, patches: number) => number[];

const explanation = ({ sizes }: Settings): string =>
  "How much the gradient of the loss, with respect to the logits of attention, varies between draws. The weights are those of trained " +
  `attention sampling; the images are test scenes of ${sizes[0]}² with a sign; the numbers are computed in double precision. The features, ` +
  "and the gradient of the loss with respect to their mean, are those of the exact sum. **Noise**: the total variance, summed over scenes, " +
  "divided by the sum of the squared lengths of the true gradients. **Squared bias**: the squared distance of the mean gradient from the " +
  "true one, divided by the same; it is estimated from equally many draws, is about 0 without bias, and is 1 if the mean is as far off as " +
  "a gradient of 0. The table shows the median of the seeds, because a seed with little left to learn has a true gradient near 0. " +
  "**Without / with**: the noise without replacement divided by the noise with replacement, mean ± standard deviation. **Published**: the " +
  "reference library's gradient, for draws without replacement.";

function tableOf(counts: readonly number[], of: Values): Section {
  const [first, without, published] = KINDS;
  const rows = counts.map((patches) => {
    const middle = (metric: Parameters<Values>[0], kind: Kind) => rounded(median(of(metric, kind, patches)), 3);
    const base = of("noise", first, patches);
    const ratio = of("noise", without, patches).map((noise, seed) => noise / base[seed]!);
    return [
      ...[String(patches), middle("noise", first), middle("noise", without), spread(ratio, 2)],
      ...[middle("squaredBias", without), middle("noise", published), middle("squaredBias", published)],
    ];
  });
  const head = ["patches", "noise, with replacement", "without", "without / with", "its squared bias", "published", "its squared bias"]; // prettier-ignore
  return table(head, rows);
}

/** Noise by patches, one line for each way to draw. */
const chartOf = (counts: readonly number[], of: Values): Chart => ({
  title: "noise of the gradient by patches",
  spec: {
    width: 480,
    height: 260,
    data: {
      values: KINDS.slice(0, 2).flatMap((kind) =>
        counts.map((patches) => ({ kind, patches, noise: median(of("noise", kind, patches)) })),
      ),
    },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "patches", type: "quantitative", scale: { type: "log", base: 2 }, title: "patches of an image" },
      y: { field: "noise", type: "quantitative", scale: { type: "log" }, title: "variance / squared true gradient" },
      color: { field: "kind", type: "nominal", title: "drawn", sort: null },
    },
  } as Chart["spec"],
});
