/** Calls `useEngine` twice, for the engine of the argument if there is one, where onnxruntime-node is not installed. */
import Module from "node:module";
import type { EngineName } from "@fovea/engine";

type Resolve = (name: string, ...rest: unknown[]) => string;
const hooks = Module as unknown as { _resolveFilename: Resolve };
const resolve = hooks._resolveFilename;
hooks._resolveFilename = function (this: unknown, name, ...rest) {
  if (name.startsWith("onnxruntime-node")) throw new Error(`Cannot find module '${name}'`);
  return resolve.call(this, name, ...rest);
};

const { useEngine } = await import("@fovea/engine"); // as any program, but after the package is hidden
for (const _ of [1, 2]) console.log((await useEngine(process.argv[2] as EngineName | undefined)).engine);
