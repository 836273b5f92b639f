import { createRequire } from "node:module";
import type { Data, Type } from "../graph/types.js";

/** The version whose internal entry point is used, and which package.json pins. */
export const version = "1.30.0";

/** A tensor as the native code reads it. */
export interface NativeTensor {
  readonly type: Type;
  readonly dims: readonly number[];
  readonly data: Data;
  readonly cpuData: Data;
  readonly location: "cpu";
}

/** A session of onnxruntime-node's native module, whose `run` is synchronous; the public API's is not. */
export interface NativeSession {
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
  /** Writes the outputs into the tensors of `fetches`. */
  run(
    feeds: Readonly<Record<string, NativeTensor>>,
    fetches: Readonly<Record<string, NativeTensor | null>>,
    options: object,
  ): unknown;
  dispose(): void;
}

interface Binding {
  readonly binding: { readonly InferenceSession: new () => NativeSession };
  initOrt(): void;
}

const skip = "ONNXRUNTIME_NODE_INSTALL=skip npm install";
const require = createRequire(import.meta.url);

/**
 * onnxruntime-node's native module.
 *
 * @throws Error with one sentence: not installed, another version, a platform without binaries, or whatever its loading says
 */
export function loadBinding(): new () => NativeSession {
  const found = installedVersion();
  if (found !== version)
    throw new Error(`tfjs-backend-onnxruntime needs onnxruntime-node ${version} exactly, found ${found}; run: npm install onnxruntime-node@${version}`); // prettier-ignore
  try {
    const { binding, initOrt } = require("onnxruntime-node/dist/binding.js") as Binding;
    initOrt();
    return binding.InferenceSession;
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
    throw new Error(`tfjs-backend-onnxruntime cannot load onnxruntime-node ${version} on ${process.platform} ${process.arch}: ${reason}`, { cause }); // prettier-ignore
  }
}

function installedVersion(): string {
  try {
    return (require("onnxruntime-node/package.json") as { version: string }).version;
  } catch (cause) {
    throw new Error(`tfjs-backend-onnxruntime needs onnxruntime-node, which is not installed (its install script fails where it cannot download CUDA); run: ${skip}`, { cause }); // prettier-ignore
  }
}
