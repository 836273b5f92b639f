import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { engines } from "@fovea/engine";

const program = fileURLToPath(new URL("processes/without-onnxruntime.ts", import.meta.url));

function run(engine?: string, environment = "") {
  const args = ["--conditions=@fovea/source", "--import", "tsx", program, ...(engine ? [engine] : [])];
  const { FOVEA_ENGINE: _, ...env } = process.env;
  return spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: { ...env, ...(environment && { FOVEA_ENGINE: environment }) },
  });
}

const tensorflowWorks = await engines[0]!.load().then(() => true, () => false); // prettier-ignore

describe.skipIf(tensorflowWorks || !engines[1]!.included)("where the engine that comes along does not work", () => {
  it("useEngine warns once, with the reason and the one command that mends it", () => {
    const { stdout, stderr } = run();
    expect(stdout).toBe("wasm\nwasm\n");
    const warnings = stderr.match(/FoveaWarning/g);
    expect(warnings).toHaveLength(1);
    expect(stderr).toMatch(
      /useEngine: takes `wasm`, since `onnxruntime`, which is faster and comes with @fovea\/engine, does not work: .*onnxruntime-node 1\.30\.0, which is not installed/,
    );
    expect(stderr.match(/npm install/g)).toHaveLength(1);
    expect(stderr).toContain(`Remedy: ${engines[1]!.remedy}`);
    expect(stderr).not.toContain("tfjs-node"); // which does not come along
  });

  it("but not if another is asked for, by name or by the environment", () => {
    expect(run("wasm")).toMatchObject({ stdout: "wasm\nwasm\n", stderr: "" });
    expect(run(undefined, "wasm")).toMatchObject({ stdout: "wasm\nwasm\n", stderr: "" });
  });
});
