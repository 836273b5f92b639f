import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadBest, madeOnce, runStage, type RunContext, type TrainedStage } from "@fovea/experiment";
import { writeFileAtomic } from "@fovea/nn/node";
import { networkOf } from "./networks.js";
import { ofTeacher, type Settings } from "./settings.js";
import type { ApdData, Teacher } from "./task.js";
import { labelsAlone, stagesOf } from "./training.js";
import { TEACHER } from "./variants.js";

/** How it was trained, in its folder. */
const STAGE = "stage.json";

/** The teacher, trained once a seed for all processes. Its checkpoint is one of the variant `teacher`. */
export async function teacherOf(settings: Settings, data: ApdData, context: RunContext): Promise<Teacher> {
  const { out, resume, signal } = context;
  const own = ofTeacher(settings);
  const config = { experiment: "apd", variant: TEACHER, settings: own, classes: data.classes };
  const model = await networkOf(TEACHER, own, data.classes.length);
  try {
    const thing = { id: `teacher/seed-${own.seed}`, settings: config };
    const folder = await madeOnce(out, thing, { resume, signal }, async (folder) => {
      console.error("the teacher learns first");
      const where = { folder, resume, seed: own.seed, selectBy: "miou", config, signal };
      for await (const stage of stagesOf(model, own, data, labelsAlone))
        await writeFileAtomic(join(folder, STAGE), JSON.stringify(await runStage(model, stage, where)));
    });
    await loadBest(model, folder, "");
    return { model, settings: own, stage: JSON.parse(await readFile(join(folder, STAGE), "utf8")) as TrainedStage };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
