import { convLoops } from "./conv.js";
import { countLoops } from "./counts.js";
import { dilationLoops } from "./dilation.js";
import { elementwiseLoops, type Loop } from "./elementwise.js";
import { imageLoops } from "./images.js";
import { indexingLoops } from "./indexing.js";
import { movementLoops } from "./movement.js";
import { poolLoops } from "./pool.js";
import { productLoops } from "./products.js";
import { reduceLoops } from "./reduce.js";
import { sparseLoops } from "./sparse.js";
import { suppressionLoops } from "./suppression.js";
import { warpLoops } from "./warps.js";

/**
 * Every kernel of numbers, by its definition: one loop over the places of the result, in double precision, sharing
 * nothing with any backend. Backends are compared with these loops, since backends that agree may be wrong together.
 */
export const loops: Readonly<Record<string, Loop>> = {
  ...elementwiseLoops,
  ...reduceLoops,
  ...convLoops,
  ...poolLoops,
  ...productLoops,
  ...movementLoops,
  ...indexingLoops,
  ...imageLoops,
  ...dilationLoops,
  ...warpLoops,
  ...countLoops,
  ...sparseLoops,
  ...suppressionLoops,
};
