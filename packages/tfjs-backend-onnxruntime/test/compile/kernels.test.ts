import { lowerings } from "@fovea/onnx-graph";
import { describe, expect, it } from "vitest";
import { expectCompiled } from "../as-defined.js";
import { properties } from "../properties/properties.js";

describe("in a compiled function, as defined:", () => {
  const seen = new Set<string>();
  for (const [kernel, list] of Object.entries(properties))
    for (const { of, calls, ...demands } of list)
      it(of ? `${kernel} of ${of}` : kernel, () => {
        if (expectCompiled(kernel, calls, demands) > 0) seen.add(kernel);
      });

  it("every kernel with a lowering was among them", () =>
    expect(lowerings.map(({ kernel }) => kernel).filter((kernel) => !seen.has(kernel))).toEqual([]));
});
