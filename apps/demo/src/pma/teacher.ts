import { loadBest, madeOnce, runStage, type RunContext } from "@fovea/experiment";
import type { PmaData } from "./task.js";
import type { Network } from "./network.js";
import { networks, TEACHER } from "./networks.js";
import type { Settings } from "./settings.js";
import { stageOf } from "./training.js";

/** The student's teacher, trained once a seed for all processes, as the variant of the same name is. */
export async function teacherOf(settings: Settings, data: PmaData, context: RunContext): Promise<Network> {
  const { out, resume, signal } = context;
  const { seed } = settings;
  const origin = { ...settings, vocabulary: data.vocabulary.fingerprint }; // phrases may be edited between two runs
  const model = await networks.find(({ id }) => id === TEACHER)!.build(settings, data.inputs);
  try {
    const folder = await madeOnce(
      out,
      { id: `teacher/seed-${seed}`, settings: origin },
      { resume, signal },
      async (folder) => {
        console.error("the student's teacher learns first");
        const where = { folder, resume, seed, selectBy: "top1", config: origin, signal };
        await runStage(model, await stageOf(model, settings, data), where);
      },
    );
    await loadBest(model, folder, "");
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
