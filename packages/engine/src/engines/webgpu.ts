import type { Engine } from "./engine.js";
import { importFromProject, resolveFromProject } from "./import-from-project.js";

/** The parts of the npm package `webgpu` (Dawn, the WebGPU of Chromium, for Node) that are used here. */
interface Dawn {
  create(options: readonly string[]): { requestAdapter(): Promise<object | null> };
  readonly globals: object;
}

/**
 * The GPU, or whatever else Vulkan, Metal or Direct3D 12 finds. Experimental: numbers can be read by `await x.data()`
 * only, since tfjs reads at once through a canvas that Node lacks.
 */
export const webgpu: Engine = {
  name: "webgpu",
  backend: "webgpu",
  experimental: true,
  remedy:
    "npm install webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0   # and a driver for Vulkan, Metal or Direct3D 12",
  async load() {
    await provideGpu();
    await importFromProject("@tensorflow/tfjs-backend-webgpu");
  },
};

/**
 * Gives Node what tfjs looks for in a browser: `navigator.gpu` and WebGPU's constants. Node has them only where they
 * work.
 */
async function provideGpu(): Promise<void> {
  const { navigator = {} } = globalThis as { navigator?: { gpu?: unknown } };
  if (navigator.gpu) return;
  const { create, globals } = (await import(resolveFromProject("webgpu"))) as Dawn;
  const gpu = create([]);
  if (!(await gpu.requestAdapter()))
    throw new Error("no adapter: the system has no driver for Vulkan, Metal or Direct3D 12 that Dawn takes");
  Object.assign(globalThis, globals);
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
}
