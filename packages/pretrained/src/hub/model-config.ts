import type { Preprocessing, PretrainedWeights } from "../pretrained-weights.js";

/** The file of a repository in which timm says what the network is. */
export const CONFIG_FILE = "config.json";

/** timm's `config.json`, as far as it is needed here. Files of other libraries have other fields. */
interface ModelConfig {
  readonly architecture?: unknown;
  readonly pretrained_cfg?: {
    readonly mean?: unknown;
    readonly std?: unknown;
    readonly input_size?: unknown;
    readonly crop_pct?: unknown;
    readonly interpolation?: unknown;
    readonly license?: unknown;
  };
}

/**
 * Reads what timm's `config.json` says of the network and its images; what it does not say is null.
 *
 * @param text - the file; undefined if there is none. A file that is no JSON says nothing
 */
export function readModelConfig(
  text: string | undefined,
): Pick<PretrainedWeights, "architecture" | "preprocessing" | "license"> {
  const { architecture, pretrained_cfg: given } = parse(text);
  return {
    architecture: typeof architecture === "string" ? architecture : null,
    preprocessing: given ? preprocessingOf(given) : null,
    license: typeof given?.license === "string" ? given.license : null,
  };
}

function parse(text: string | undefined): ModelConfig {
  try {
    return (JSON.parse(text ?? "{}") as ModelConfig | null) ?? {};
  } catch {
    return {};
  }
}

function preprocessingOf(config: NonNullable<ModelConfig["pretrained_cfg"]>): Preprocessing | null {
  const { mean, std: sd, input_size: size, crop_pct: cropShare = 1, interpolation = "bilinear" } = config;
  if (!isTriple(mean) || !isTriple(sd) || !isTriple(size)) return null;
  if (typeof cropShare !== "number" || typeof interpolation !== "string") return null;
  return { imageSize: [size[1], size[2]], cropShare, interpolation, normalization: { mean, sd } };
}

const isTriple = (value: unknown): value is [number, number, number] =>
  Array.isArray(value) && value.length === 3 && value.every((number) => typeof number === "number");
