import { isDeepStrictEqual } from "node:util";
import { trainedModel } from "@fovea/experiment";
import { predict } from "./predict.js";
import { settings as spec, type Settings } from "./settings.js";
import type { Teacher } from "./task.js";
import { trainings } from "./variants.js";

/** Whether the settings name a checkpoint, and not what the teacher's encoder is to be. */
export const namesCheckpoint = ({ teacher }: Settings): boolean => teacher !== "imagenet" && teacher !== "resnet";

/**
 * The teacher that the settings name: any network of apd that an earlier run has trained. The caller disposes it.
 *
 * @throws Error for a file that is no such checkpoint, and for a teacher of other classes
 */
export async function ownTeacher({ teacher: path }: Settings, classes: readonly string[]): Promise<Teacher> {
  const trained = await trainedModel({ id: "apd", variants: trainings, settings: spec, predict }, path).catch(
    (cause: Error) => {
      throw new Error(`apd: expected \`--teacher\` to be imagenet, resnet or a checkpoint of apd, got \`${path}\`. ${cause.message}`, { cause }); // prettier-ignore
    },
  );
  const { model, settings } = trained;
  if (isDeepStrictEqual(trained.classes, classes)) return { model, settings };
  model.dispose();
  throw new RangeError(
    `apd: expected a teacher of the classes ${classes.join(", ")}, in this order, got ${path}, which knows ` +
      `${trained.classes.join(", ")}.`,
  );
}
