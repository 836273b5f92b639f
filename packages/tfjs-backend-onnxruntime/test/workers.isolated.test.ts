import { expect, it } from "vitest";
import { runProgram } from "./processes/run.js";

it("trains in worker threads at once, and outlives those that end, stop or are terminated", () => {
  const { status, signal, stdout, stderr } = runProgram("workers.ts");
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  const { cpu, native } = JSON.parse(stdout) as { cpu: number[]; native: number[][] };
  expect(native).toHaveLength(4);
  for (const losses of native) losses.forEach((loss, i) => expect(loss).toBeCloseTo(cpu[i]!, 4));
});
