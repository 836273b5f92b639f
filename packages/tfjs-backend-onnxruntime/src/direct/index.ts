import { cast } from "./cast.js";
import type { Direct } from "./direct.js";
import { fills } from "./fill.js";

/** Every kernel that needs no ONNX Runtime. */
export const directs: readonly Direct[] = [cast, ...fills];
