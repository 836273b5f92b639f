import * as tf from "@tensorflow/tfjs-core";
import { reasonOf, startEngine } from "../engines/start.js";
import { wasm } from "../engines/wasm.js";
import { hasGradients, registerGradients } from "../gradients/register-gradients.js";
import { wasmKernels } from "./complete-wasm.js";
import type { WasmKernel } from "./wasm-kernel.js";

/** Where a page finds what the backend loads. */
export interface UseWasmOptions {
  /**
   * The address of the folder that serves the three `.wasm` files in `dist` of `@tensorflow/tfjs-backend-wasm`, with a
   * slash at its end; or the address of each, by the file's name, as bundlers give them. Default: beside the script.
   */
  readonly wasmPaths?: string | Readonly<Record<WasmFile, string>>;
}

/** The files of tfjs-backend-wasm, of which one is loaded: the best that the browser can run. */
export type WasmFile = `tfjs-backend-wasm${"" | "-simd" | "-threaded-simd"}.wasm`;

/** What `useWasm` did. */
export interface WasmReport {
  /** Whether the browser has SIMD instructions, with which the backend is several times as fast. */
  readonly simd: boolean;
  /** Kernels that this package brought, because the backend's own are missing, wrong or slow. */
  readonly completed: readonly Pick<WasmKernel, "name" | "stock">[];
}

/**
 * Makes tfjs ready in a page, on WebAssembly: starts the backend, gives it the kernels that it lacks for training, and
 * registers gradients. It runs on one thread. Call it once, before anything else. It works in Node, too, where
 * `useEngine` finds faster ones.
 *
 * It also sets tfjs's flag PROD, so that its backends print no banner.
 *
 * @throws Error with cause and remedy if the backend does not start or there are two tfjs-cores; the backend in use
 * before is then in use again
 */
export async function useWasm({ wasmPaths }: UseWasmOptions = {}): Promise<WasmReport> {
  tf.env().set("PROD", true);
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  // Its workers are made of the text of a function, which no longer runs once a bundler has minified it.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await registerGradients();
  if (!hasGradients())
    throw new Error("useWasm: tfjs-layers has registered its gradients with another tfjs-core. Remedy: npm dedupe");
  try {
    if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
    await startEngine(wasm);
  } catch (cause) {
    throw new Error(`useWasm: \`wasm\` does not work: ${reasonOf(cause)}. Remedy: ${REMEDY}`, { cause });
  }
  const simd = Boolean(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"));
  return { simd, completed: wasmKernels.map(({ name, stock }) => ({ name, stock })) };
}

const REMEDY =
  "serve the files `dist/*.wasm` of @tensorflow/tfjs-backend-wasm, and say by `wasmPaths` where; if they are there, " +
  "see `npm ls @tensorflow/tfjs-core` for a second copy.";
