import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import { describe, expect, it } from "vitest";
import { beganOf, ownIdentity, runs } from "../../src/node/process-identity.js";

const linux = process.platform === "linux";
const nobody = () => spawnSync(process.execPath, ["--version"]).pid; // has ended
const beforeBoot = () => new Date(Date.now() - 1000 * (uptime() + 60)).toISOString();

describe("a process", () => {
  it("runs if it is the one of that number", () => {
    const now = new Date().toISOString();
    expect(runs(ownIdentity(), now)).toBe(true);
    expect(runs(ownIdentity(), beforeBoot())).toBe(true); // clocks may be set; its beginning is the better witness
    expect(runs({ pid: process.pid, began: "" }, now)).toBe(true); // where the system does not say
    expect(runs({ pid: process.pid, began: "" }, beforeBoot())).toBe(false);
    expect(runs({ pid: nobody(), began: "" }, now)).toBe(false);
  });

  it.skipIf(!linux)("has ended if its parent has only not asked for it yet", async () => {
    const child = spawn("bash", ["-c", "sleep 0.01 & echo $!; exec sleep 30"]); // nobody asks for the first
    try {
      const pid = Number(await new Promise((resolve) => child.stdout.once("data", resolve)));
      await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "utf8")).toContain(") Z ");
      expect(runs({ pid, began: "" }, new Date().toISOString())).toBe(false);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it.skipIf(process.platform === "win32" || spawnSync("ps", ["-p", "1"]).error)("has a beginning that stays", () => {
    for (const platform of ["linux", "darwin"] as const) {
      if (platform === "linux" && !linux) continue;
      expect(beganOf(process.pid, platform)).not.toBe("");
      expect(beganOf(process.pid, platform)).toBe(beganOf(process.pid, platform));
    }
    expect(beganOf(process.pid, "win32")).toBe("");
  });
});
