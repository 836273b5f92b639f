import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext } from "@fovea/nn";
import type { MvHfmd } from "./mv-hfmd.js";
import type { Logits, Views } from "./multi-view-classifier.js";

/** `fused`: all views as one sequence. `score`: mean of the views' logits. `single`: every view for itself. */
export type PredictionMode = "fused" | "score" | "single";

/**
 * Class probabilities, without training noise. `fused` skips the single passes, `score` and `single` skip the fused
 * one.
 *
 * @returns [batch, classes]; [batch, view, classes] for `single`
 */
export const predict = <Mode extends PredictionMode = "fused">(
  model: Pick<MvHfmd, "forward">,
  views: Views,
  mode = "fused" as Mode,
): Logits<Mode>[Mode] => tf.tidy(() => tf.softmax(model.forward(views, inferenceContext(), [mode])[mode]));
