import type * as tf from "@tensorflow/tfjs-core";
import type { Fusion } from "../fusion.js";

/** How `fusionContract` makes a fusion, and what the fusion merges. */
export interface FusionContractOptions<F extends Fusion = Fusion, Config = unknown> {
  /** Makes a new instance from `config`, every time the same. */
  make(config: Config): F;
  /**
   * What `make` is called with. If it is given, three more laws are checked: it is plain JSON, `make` does not change
   * it, and if it has a `seed`, another seed gives other weights. Default: undefined, and not checked.
   */
  readonly config?: Config;
  /** Configs that `make` must refuse with an error, before it allocates a tensor. Default: none. */
  readonly wrongConfigs?: readonly Config[];
  /**
   * Makes finite views with the axes that the fusion merges, [batch, view, …rest], different for every view; e.g.
   * `randomTensor([batch, view, 5])`.
   */
  views(batch: number, view: number): tf.Tensor;
  /** The largest number of views to try. Default: the fusion's `slots`, or 7 where views are a set. */
  readonly maxViews?: number;
  /**
   * Rearranges the params so that those of slot `order[i]` come to slot i. If it is given, one more promise is checked:
   * permuting views and slots together changes nothing. Only where `slots` is a number. Default: not checked.
   */
  permuteSlots?(fusion: F, order: readonly number[]): void;
}
