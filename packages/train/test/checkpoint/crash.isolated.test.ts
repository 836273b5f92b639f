import "../../../../tools/vitest/setup.js";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rng } from "@fovea/nn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkpointFolder, lastCheckpoint, loadCheckpoint } from "../../src/node/index.js";
import { run } from "./run.js";
import { trainInChild } from "./train-in-child.js";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "fovea-train-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("a process that dies", () => {
  it("of SIGKILL at any moment is resumed to the bit", async () => {
    const options = { dir, every: 2, steps: 80 };
    const whole = run({ steps: options.steps });
    for (const round of [1, 2]) {
      // a random moment, which lies in a step, in a checkpoint or between
      const [step, milliseconds] = rng(Date.now()).split(round).uniform(2) as unknown as [number, number];
      const moment = { step: Math.floor((round - 1 + step) * 36), milliseconds: milliseconds * 8 };
      let armed = false;
      const { signal, output } = await trainInChild(options, (text, kill) => {
        if (armed || !text.includes(`step ${moment.step}\n`)) return;
        armed = true;
        setTimeout(kill, moment.milliseconds);
      }).done;
      expect(signal, `${JSON.stringify(moment)}: ${output}`).toBe("SIGKILL");
      if (moment.step >= options.every) (await loadCheckpoint(lastCheckpoint(dir))).dispose(); // whole, whenever it was
    }
    const resumed = await run({
      steps: options.steps,
      checkpoint: checkpointFolder({ dir, every: 1000 }),
      resume: true,
    });
    expect(resumed).toEqual(await whole);
    expect(readdirSync(dir)).toEqual(["last.safetensors"]);
  });

  it.skipIf(process.platform === "win32")(
    "of a file that may not grow leaves the checkpoint before it, which is resumed",
    async () => {
      // The history makes each checkpoint longer, until one meets the limit in the middle of its bytes, as on a full
      // disk.
      const options = { dir, every: 10, steps: 130 };
      const { output } = await trainInChild(options, undefined, 14).done;
      expect(output).toMatch(
        /CheckpointError: saveCheckpoint: could not write .*last\.safetensors: EFBIG.*What was there before is intact\./,
      );
      expect(readdirSync(dir)).toEqual(["last.safetensors"]);
      const checkpoint = await loadCheckpoint(lastCheckpoint(dir));
      checkpoint.dispose();
      expect(output).toContain(`step ${checkpoint.step + 9}\n`); // the one that failed was the next
      const resumed = await run({
        steps: options.steps,
        checkpoint: checkpointFolder({ dir, every: 1000 }),
        resume: true,
      });
      expect(resumed).toEqual(await run({ steps: options.steps }));
    },
  );
});
