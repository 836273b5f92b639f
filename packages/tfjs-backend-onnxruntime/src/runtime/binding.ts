import type { Data, Type } from "@fovea/onnx-graph";
import { createRequire } from "node:module";

/** The version of onnxruntime-node: its internal entry point is used, and package.json pins it. */
export const version = "1.30.0";

/** A tensor as the native code reads it. */
export interface NativeTensor {
  readonly type: Type;
  readonly dims: readonly number[];
  data: Data;
  cpuData: Data;
  readonly location: "cpu";
}

/** A session of onnxruntime-node's native module, whose `run` is synchronous; the public API's is not. */
export interface NativeSession {
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
  /** Writes the outputs into the tensors of `fetches`. */
  run(feeds: Readonly<Record<string, NativeTensor>>, fetches: Readonly<Record<string, NativeTensor | null>>): unknown;
  /** Ends the file that `enableProfiling` has begun. */
  endProfiling(): void;
  dispose(): void;
}

interface Binding {
  readonly binding: { readonly InferenceSession: new () => NativeSession };
  initOrt(): void;
}

const require = createRequire(import.meta.url);

/**
 * Where onnxruntime-node's install script downloads CUDA's libraries, which are not used here, and fails where it
 * cannot.
 */
const skip = process.platform === "linux" && process.arch === "x64" ? "ONNXRUNTIME_NODE_INSTALL=skip " : "";

/**
 * onnxruntime-node's native module.
 *
 * @throws Error with one sentence and no stack, which tfjs would print: not installed, another version, a platform
 *   without binaries, or whatever its loading says
 */
export function loadBinding(): new () => NativeSession {
  const found = installedVersion();
  if (found !== version)
    throw sentence(`needs onnxruntime-node ${version} exactly, found ${found}; run: ${skip}npm install onnxruntime-node@${version}`); // prettier-ignore
  try {
    const { binding, initOrt } = require("onnxruntime-node/dist/binding.js") as Binding;
    initOrt();
    return binding.InferenceSession;
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
    throw sentence(`cannot load onnxruntime-node ${version} on ${process.platform} ${process.arch}: ${reason}`, cause);
  }
}

/**
 * Throws what stands in the way of this backend, in one sentence. tfjs itself only says that a backend could not be
 * initialized.
 *
 * @throws Error if onnxruntime-node is not installed, has another version than {@link version}, or does not load here
 */
export const requireRuntime = (): void => void loadBinding();

function installedVersion(): string {
  try {
    return (require("onnxruntime-node/package.json") as { version: string }).version;
  } catch (cause) {
    const why = skip ? "; npm leaves it out when its install script cannot download CUDA, which is not needed" : "";
    throw sentence(`needs onnxruntime-node ${version}, which is not installed${why}; run: ${skip}npm install`, cause);
  }
}

/** tfjs prints the stack of an error, or the message of one without. */
function sentence(message: string, cause?: unknown): Error {
  const error = new Error(`tfjs-backend-onnxruntime ${message}`, cause ? { cause } : undefined);
  delete error.stack;
  return error;
}
