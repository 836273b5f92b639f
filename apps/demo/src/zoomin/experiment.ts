import { experiment as typed, loadBest, type Evaluation, type Measurement, type Variant } from "@fovea/experiment";
import { prepare, type Data } from "./data.js";
import { explain } from "./explain.js";
import { fits, NETWORKS, type Model, type Network } from "./networks.js";
import { predict } from "./predict.js";
import { reportOf } from "./report.js";
import { SETTINGS, type Settings } from "./settings.js";
import { stageOf, tested } from "./training.js";
import { varianceOf } from "./variance.js";

type NetworkVariant = Variant<Settings, Data, Model> & { readonly network: Network };

/**
 * Each size begins with the weights of the one before. What differs from another in one thing learns the first only.
 */
const variantOf = (network: Network): NetworkVariant => ({
  ...{ ...network, network },
  async build(settings, data) {
    const features = await data.pretrained(network.pretrainScale?.(settings) ?? 1);
    const model = network.build(settings, data.classes.length);
    if (features !== null) await loadBest(model, features, "features");
    return model;
  },
  async *stages(model, settings, { curriculum, isComparison, signal }) {
    const contrast = network.contrast ? settings.contrast : 0;
    const learned = isComparison && network.baseline ? curriculum.slice(0, 1) : curriculum;
    for (const { size, epochs, learningRate, images: painted } of learned) {
      const images = await painted();
      yield {
        ...(size !== null && { name: String(size) }),
        ...stageOf(model, images, { ...settings, epochs, learningRate, contrast }),
        test: () => tested(model, images.test, size === null ? {} : { size }, signal),
      };
    }
  },
});

/** In `results`: on scenes that nothing was learned from, and how the gradient scatters. */
async function evaluate(
  model: Model,
  data: Data,
  settings: Settings,
  { network }: NetworkVariant,
): Promise<Evaluation> {
  const { unseen, curriculum, signal } = data;
  if (unseen === null || network.baseline !== undefined) return { measurements: [] };
  const scatter = network.id === "attention-sampling" ? await varianceOf(model, (await curriculum[0]!.images()).test, settings.seed) : []; // prettier-ignore
  const size = settings.unseen;
  const measure = async () => (await tested(model, (await unseen()).test, { size }, signal)).measurements;
  const tooLarge = ["accuracy", "found"].map((metric): Measurement => ({ metric, value: null, at: { size } }));
  const isSmall = fits({ width: size, height: size }, network, settings);
  return { measurements: [...scatter, ...(isSmall ? await measure() : tooLarge)] };
}

export const experiment = typed({
  id: "zoomin",
  title: "Images too large for memory: where to look",
  description: "images too large for memory, classified by a few patches: trained, tested, a large file classified",
  settings: SETTINGS,
  resultsSettings: { large: 0 },
  metrics: {
    accuracy: { title: "accuracy", unit: "percent" },
    found: { title: "sign seen", unit: "percent" },
    noise: { title: "noise of the gradient for attention", decimals: 3 },
    squaredBias: { title: "its squared bias", decimals: 3 },
  },
  selectBy: "accuracy",
  variants: NETWORKS.map(variantOf),
  shown: ["zoom-in"],
  prepare,
  evaluate,
  explain: (model, data, settings, { network }) => explain(model, data, settings, network),
  report: reportOf,
  predict,
});
