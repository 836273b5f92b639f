import { afterEach, expect, it, vi } from "vitest";
import { withProgress, type Done } from "../src/progress.js";

const SHOW_CURSOR = "\x1B[?25h";
const HIDE_CURSOR = "\x1B[?25l";

const terminal = process.stderr.isTTY;
afterEach(() => {
  process.stderr.isTTY = terminal;
  vi.restoreAllMocks();
});

it.each([
  ["success", async (to: Done) => to(1, "one")],
  ["failure", () => Promise.reject(new Error("no kernel"))],
])("gives the cursor back after a %s", async (_, run) => {
  process.stderr.isTTY = true;
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await withProgress<void>("bench", 1, run).catch(() => undefined);
  const written = write.mock.calls.map(([text]) => text).join("");
  expect(written).toContain(HIDE_CURSOR);
  expect(written.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(written.lastIndexOf(HIDE_CURSOR));
});

it("writes a line every ten seconds to anything but a terminal, and one when all is done", async () => {
  vi.useFakeTimers();
  const written: string[] = [];
  const out = { isTTY: false, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  const run = async (to: Done) => {
    to(1, "one");
    vi.advanceTimersByTime(11_000);
    to(2, "two");
    to(3, "three");
    to(4);
    return "result";
  };
  expect(await withProgress("bench", 4, run, { out })).toBe("result");
  vi.useRealTimers();
  expect(written).toEqual(["bench: 50 %, 11 s, ETA 11 s · two\n", "bench: 100 %, 11 s, ETA 0 s\n"]);
});
