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
  "How the gradient of the loss for the logits of attention scatters over draws, at the trained weights of attention sampling on test " +
  `scenes of ${sizes[0]}² with a sign, in double precision; features, and the loss's slope for their mean, are those of the exact sum. ` +
  "Noise: total variance, summed over scenes, over the summed squared length of the true gradients. Squared bias: of the mean from " +
  "the true gradient, over the same; an estimate from as many draws, about 0 where there is none, and 1 where the mean is as far off " +
  "as if it were 0. The middle one of the seeds, since a seed that has little left to learn has a true gradient near 0; without / " +
  "with: mean ± standard deviation. Published: the reference library's gradient, for draws without replacement.";

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
