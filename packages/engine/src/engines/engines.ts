import { cpu } from "./cpu.js";
import type { Engine } from "./engine.js";
import { onnxruntime } from "./onnxruntime.js";
import { tensorflow } from "./tensorflow.js";
import { wasm } from "./wasm.js";
import { webgpu } from "./webgpu.js";

/** All engines, the one to prefer first. */
export const engines: readonly Engine[] = [tensorflow, onnxruntime, wasm, webgpu, cpu];
