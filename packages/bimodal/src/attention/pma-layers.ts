import { joinModules, linear, moduleOf, subSeed, variable, type Layer, type Module } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { ResolvedPma } from "./pma-config.js";
import { queryRelationalScorer } from "./query-relational-scorer.js";
import { selfAttentionScorer } from "./self-attention-scorer.js";
import type { TextParts } from "./text-stage.js";
import type { VisualParts } from "./visual-stage.js";

/** The layers of one stage, or of all stages that share them. */
export interface StageParts {
  readonly visual: VisualParts;
  readonly text: TextParts | null;
  readonly module: Module;
}

/** All layers of PMA. */
export interface PmaLayers {
  /** The layers of each stage: T times the same if they are shared. */
  readonly stages: readonly StageParts[];
  /** FC: [batch, visualDim + localDim + 2 · textDim] → [batch, finalDim]. */
  readonly final: Layer;
  /** What stands for the features of the text where a sample has none, [2 · textDim]; undefined: zeros. */
  readonly noText: tf.Tensor | undefined;
  readonly module: Module;
}

/** Makes all layers of PMA. */
export function pmaLayers(config: ResolvedPma): PmaLayers {
  const { visualDim, textDim, localDim, finalDim, stages, shareStages, missingText, seed } = config;
  const own = shareStages
    ? [stageParts(config, seed)]
    : Array.from({ length: stages }, (_, t) => stageParts(config, subSeed(seed, "stage", t)));
  const shared = shareStages ? own[0]! : undefined;
  const named = Object.fromEntries(own.map(({ module }, t) => [`stage${t + 1}`, module]));
  const final = linear({ in: visualDim + localDim + 2 * (textDim ?? 0), out: finalDim, seed: subSeed(seed, "final") });
  const noText =
    textDim !== null && missingText === "learned" ? moduleOf({ vector: variable("zeros", [2 * textDim]) }) : undefined;
  return {
    ...{ stages: shared ? Array.from({ length: stages }, () => shared) : own, final, noText: noText?.params["vector"] },
    module: joinModules({ "": shared ? shared.module : joinModules(named), final, noText }),
  };
}

/** Makes the layers of a stage. */
function stageParts({ visualDim, textDim, localDim, reduction }: ResolvedPma, seed: number): StageParts {
  const scorer = (dim: number, activation: "relu" | "tanh", name: string) =>
    selfAttentionScorer({ dim, activation, reduction, seed: subSeed(seed, name) });
  const visual = {
    visualScorer: scorer(visualDim, "relu", "visualScorer"),
    local: linear({ in: visualDim, out: localDim, seed: subSeed(seed, "local") }),
  };
  const text = textDim === null ? null : {
    phraseScorer: queryRelationalScorer({ keyDim: localDim, queryDim: textDim, seed: subSeed(seed, "phraseScorer") }),
    textScorer: scorer(textDim, "tanh", "textScorer"),
  }; // prettier-ignore
  return { visual, text, module: joinModules({ ...visual, ...text }) };
}
