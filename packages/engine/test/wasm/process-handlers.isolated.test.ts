import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** A program of `test/processes`, in a process of its own. */
function run(name: string, ...args: readonly string[]) {
  const program = fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url));
  return spawnSync(process.execPath, ["--conditions=@fovea/source", "--import", "tsx", program, ...args], { encoding: "utf8" }); // prettier-ignore
}

const fails = (how: "throw" | "reject") => run("wasm-fails", how);

describe("a program that runs on wasm", () => {
  it("ends on an error of its own as without it: with code 1 and a few lines", () => {
    const { status, stderr } = fails("throw");
    expect(status).toBe(1);
    expect(stderr).toContain("Error: mine");
    expect(stderr.length).toBeLessThan(2000);
  });

  it("handles its rejections itself, if it wants to", () => {
    const { status, stdout } = fails("reject");
    expect(stdout).toBe("told: mine\nalive\n");
    expect(status).toBe(0);
  });

  it("keeps its tensors if it had started wasm before", () =>
    expect(run("wasm-runs-already").stdout).toBe("1 2 3 4 5 0\n"));

  it("may complete wasm without starting it by this package", () =>
    expect(run("completed-alone").stdout).toBe("NaN 0 1\n"));
});
