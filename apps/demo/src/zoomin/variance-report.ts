import { charts, heading, paragraph, rounded, spread, table, type Chart, type Results, type Section } from "@fovea/experiment"; // prettier-ignore
import { median } from "simple-statistics";
import { KINDS } from "./gradient-noise.js";
import type { Settings } from "./settings.js";
import type { VariancePoint } from "./variance.js";

/** A kind of draw with a number of patches, and what each seed found. */
interface Point extends Pick<VariancePoint, "kind" | "patches"> {
  readonly seeds: readonly VariancePoint[];
}

/** How the gradient for attention scatters: what the evaluation of attention sampling has measured in the `details`. */
export function gradientSections({ records, settings }: Results): Section[] {
  const all = records.flatMap(({ test }) => (test?.details ? [test.details as readonly VariancePoint[]] : []));
  const points = (all[0] ?? []).map(({ kind, patches }, k) => ({ kind, patches, seeds: all.map((seed) => seed[k]!) }));
  if (points.length === 0) return [];
  return [heading("Gradients"), paragraph(explanation(settings as unknown as Settings)), charts([chartOf(points)]), tableOf(points)]; // prettier-ignore
}

const explanation = ({ sizes }: Settings): string =>
  "How the gradient of the loss for the logits of attention scatters over draws, at the trained weights of attention sampling on test " +
  `scenes of ${sizes[0]}² with a sign, in double precision; features, and the loss's slope for their mean, are those of the exact sum. ` +
  "Noise: total variance, summed over scenes, over the summed squared length of the true gradients. Squared bias: of the mean from " +
  "the true gradient, over the same; an estimate from as many draws, about 0 where there is none, and 1 where the mean is as far off " +
  "as if it were 0. The middle one of the seeds, since a seed that has little left to learn has a true gradient near 0; without / " +
  "with: mean ± standard deviation. Published: the reference library's gradient, for draws without replacement.";

function tableOf(points: readonly Point[]): Section {
  const [first, without, published] = KINDS.map((kind) => points.filter((point) => point.kind === kind));
  const rows = first!.map((point, i) => {
    const [own, other] = [without![i]!, published![i]!];
    const ratio = own.seeds.map(({ noise }, seed) => noise / point.seeds[seed]!.noise);
    const numbers = [middle(own, "squaredBias"), middle(other, "noise"), middle(other, "squaredBias")];
    return [String(point.patches), middle(point, "noise"), middle(own, "noise"), spread(ratio, 2), ...numbers];
  });
  const head = ["patches", "noise, with replacement", "without", "without / with", "its squared bias", "published", "its squared bias"]; // prettier-ignore
  return table(head, rows);
}

const middle = ({ seeds }: Point, what: "noise" | "squaredBias"): string =>
  rounded(median(seeds.map((point) => point[what])), 3);

/** Noise by patches, one line for each way to draw. */
const chartOf = (points: readonly Point[]): Chart => ({
  title: "noise of the gradient by patches",
  spec: {
    width: 480,
    height: 260,
    data: {
      values: points
        .filter(({ kind }) => kind !== KINDS[2])
        .map(({ kind, patches, seeds }) => ({ kind, patches, noise: median(seeds.map(({ noise }) => noise)) })),
    },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "patches", type: "quantitative", scale: { type: "log", base: 2 }, title: "patches of an image" },
      y: { field: "noise", type: "quantitative", scale: { type: "log" }, title: "variance / squared true gradient" },
      color: { field: "kind", type: "nominal", title: "drawn", sort: null },
    },
  } as Chart["spec"],
});
