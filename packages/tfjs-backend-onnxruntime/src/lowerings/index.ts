import type { Lowering } from "./lowering.js";
import { unary } from "./unary.js";

/** Every kernel that runs in ONNX Runtime. */
export const lowerings: readonly Lowering[] = [...unary];
