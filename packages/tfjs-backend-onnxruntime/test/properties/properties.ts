import { alongAxis } from "./along-axis.js";
import { binary } from "./binary.js";
import { conv } from "./conv.js";
import { counts } from "./counts.js";
import { dilation } from "./dilation.js";
import { fill } from "./fill.js";
import { images } from "./images.js";
import { indexing } from "./indexing.js";
import { movement } from "./movement.js";
import { pool } from "./pool.js";
import { products } from "./products.js";
import type { Properties } from "./property.js";
import { sparse } from "./sparse.js";
import { suppression } from "./suppression.js";
import { threeDimensions } from "./three-dimensions.js";
import { unary } from "./unary.js";
import { warps } from "./warps.js";

/** The random calls on which each kernel is tested against its definition. */
export const properties: Properties = {
  ...unary,
  ...binary,
  ...alongAxis,
  ...products,
  ...conv,
  ...pool,
  ...threeDimensions,
  ...movement,
  ...fill,
  ...indexing,
  ...images,
  ...dilation,
  ...warps,
  ...counts,
  ...sparse,
  ...suppression,
};
