import { describe, expect, it } from "vitest";
import { callSite } from "../../src/compile/call-site.js";

const stackOf = (...frames: readonly string[]) =>
  Object.assign(new Error(), { stack: ["Error: read", ...frames.map((frame) => `    at ${frame}`)].join("\n") });

describe("callSite", () => {
  const user = "forward (file:///home/me/tfjs-app/src/model.ts:7:21)";

  it.each([
    [
      "as installed",
      "readSync (/home/me/tfjs-app/node_modules/@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.node.js:70:37)",
    ],
    ["by source maps", "MathBackendCPU.readSync (/home/me/tfjs-app/tfjs-backend-cpu/src/backend_cpu.ts:133:51)"],
    ["by source maps", "Tensor.dataSync (/home/me/tfjs-app/tfjs-core/src/tensor.ts:361:28)"],
  ])("is the innermost line that is not of tfjs, %s", (_, frame) =>
    expect(callSite(stackOf(frame, user))).toBe("at forward (/home/me/tfjs-app/src/model.ts:7:21)"),
  );

  it("is not known where all lines are of tfjs", () =>
    expect(callSite(stackOf("run (node:internal/modules:1:1)"))).toBe("at an unknown line"));
});
