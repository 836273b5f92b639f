import * as tf from "@tensorflow/tfjs-core";
import type { MultiTermLoss } from "./multi-term-loss.js";

/**
 * Adds named losses: total = sum_i total_i. A scalar loss becomes a term with its name; the terms of a loss that has
 * several are named `name/term`.
 *
 *     addLosses({ crossEntropy: crossEntropy(logits, labels), mc: mcLoss(maps, labels, ctx, { classes }) })
 *     // terms: crossEntropy, mc/discriminality, mc/diversity
 *
 * @throws RangeError if `losses` is empty
 */
export function addLosses(losses: Readonly<Record<string, tf.Scalar | MultiTermLoss>>): MultiTermLoss {
  const named = Object.entries(losses).map(([name, loss]) => ({ name, ...("terms" in loss ? loss : single(loss)) }));
  if (named.length === 0) throw new RangeError("addLosses: expected at least one loss, got none.");
  const terms = named.flatMap(({ name, terms }) =>
    Object.entries(terms).map(([term, value]) => [term === "" ? name : `${name}/${term}`, value] as const),
  );
  return { total: tf.addN(named.map(({ total }) => total)), terms: Object.fromEntries(terms) };
}

const single = (loss: tf.Scalar): MultiTermLoss => ({ total: loss, terms: { "": loss } });
