import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { takeLock, waitForLock } from "@fovea/nn/node";

let [dir, path] = ["", ""];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fovea-lock-"));
  path = join(dir, "lock");
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("waitForLock", () => {
  it("takes a free lock at once, and another's as soon as it is given back", async () => {
    const first = await waitForLock(path, { who: "test" });
    let taken = false;
    const second = waitForLock(path, { who: "test" }).then((lock) => ((taken = true), lock));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(taken).toBe(false);
    first.release();
    (await second).release();
  });

  it("names a holder on another machine once, and ends with the signal's own reason", async () => {
    takeLock(path);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), host: "elsewhere", pid: 7 }));
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 450);
    await expect(waitForLock(path, { who: "test", signal: controller.signal })).rejects.toThrow("enough");
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toMatch(
      new RegExp(
        `^test: waits for process 7 on elsewhere, which has held ${path} since .*Z\\. If it has ended, delete that`,
      ),
    );
    warn.mockRestore();
  });
});
