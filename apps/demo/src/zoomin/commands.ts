import { useEngine } from "@fovea/engine";
import { join } from "node:path";
import type { Command } from "commander";
import {
  count,
  engineOption,
  list,
  rate,
  seed,
  typedCommand,
  untilInterrupted,
  weight,
  type EngineArgument,
} from "../options.js";
import { runDemo, summary } from "./demo.js";
import { predictPicture } from "./predict.js";
import { DEFAULTS, type Settings } from "./settings.js";
import { STRATEGIES, strategiesOf } from "./strategies.js";

/** `zoomin` and `zoomin predict`. */
export function addZoomInCommands(program: Command): void {
  const command = program
    .command("zoomin")
    .description(
      "pictures too large for memory, classified by a few patches: trained, tested, a large one from its file",
    )
    .option("--targets <signs>", "meanings that are told apart", list, [...DEFAULTS.targets])
    .option("--side <px>", "side of the scenes that are learned from", count, DEFAULTS.side)
    .option("--distractors <n>", "other signs in each of them", seed, DEFAULTS.distractors)
    .option("--scenes <n>", "scenes to learn from", count, DEFAULTS.scenes)
    .option("--tile <px>", "side of a tile", count, DEFAULTS.tile)
    .option("--patch <px>", "side of a patch", count, DEFAULTS.patch)
    .option("--samples <n>", "patches of a picture", count, DEFAULTS.samples)
    .option("--features <network>", "conv, from scratch, or trunk, pretrained", DEFAULTS.features)
    .option("--batch <n>", "scenes in a batch", count, DEFAULTS.batch)
    .option("--epochs <n>", "passes over the scenes", count, DEFAULTS.epochs)
    .option("--lr <rate>", "highest learning rate", rate, DEFAULTS.lr)
    .option("--entropy <weight>", "of attention's negative entropy", weight, DEFAULTS.entropy)
    .option(
      "--contrast <weight>",
      "of the contrast: nothing to be seen where attention is not",
      weight,
      DEFAULTS.contrast,
    )
    .option("--seed <n>", "everything random follows from it", seed, DEFAULTS.seed)
    .option("--strategies <ids>", `of ${STRATEGIES.map(({ id }) => id).join(", ")}; or all`, list, ["zoom-in"])
    .option("--large <px>", "side of the large scene", count, 6000)
    .option("--out <folder>", "checkpoints, the large scene, report.html and run.json", OUT)
    .option("--resume", "go on where an interrupted run stopped", false)
    .addOption(engineOption())
    .action(async ({ strategies, large, out, resume, engine: name, ...options }: ZoomInArguments) => {
      const chosen = strategiesOf(strategies.includes("all") ? STRATEGIES.map(({ id }) => id) : strategies);
      const settings = { ...DEFAULTS, ...options };
      const engine = await useEngine(name);
      await untilInterrupted("with --resume", async (signal) => {
        const shared = { settings, strategies: chosen, large, out, resume, engine, signal };
        const { run, report } = await runDemo({ ...shared, command: typedCommand() });
        console.log(summary(run, report));
      });
    });
  addPredict(command);
}

const OUT = join("runs", "zoomin");

function addPredict(zoomIn: Command): void {
  zoomIn
    .command("predict")
    .description("your own picture, by the model just trained; a tiled TIFF can be of any size")
    .argument("<image>", "tiled TIFF or BigTIFF, Deep Zoom, JPEG, PNG or WebP")
    .option("--checkpoint <file>", "of a strategy", join(OUT, "checkpoints", "zoom-in", "best.safetensors"))
    .option("--page <file>", "where it looked", join(OUT, "prediction.html"))
    .action(async (image: string, { checkpoint, page }: { checkpoint: string; page: string }) => {
      await useEngine();
      console.log(await predictPicture(image, checkpoint, page));
    });
}

interface ZoomInArguments extends Settings, EngineArgument {
  readonly strategies: readonly string[];
  readonly large: number;
  readonly out: string;
  readonly resume: boolean;
}
