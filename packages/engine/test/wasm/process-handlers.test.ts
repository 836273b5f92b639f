import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** A program that starts `wasm` and then fails, in a process of its own. */
function fails(how: "throw" | "reject") {
  const program = fileURLToPath(new URL("../processes/wasm-fails.ts", import.meta.url));
  const args = ["--conditions=@fovea/source", "--import", "tsx", program, how];
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

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
});
