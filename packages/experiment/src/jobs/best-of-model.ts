import { weightsOf, type Module } from "@fovea/nn";
import type { CheckpointStore } from "@fovea/train";

/** A store whose checkpoints of best epochs have the weights of the model alone, not what training needs beside it. */
export function bestOfModel(store: CheckpointStore, model: Module, trained: Module): CheckpointStore {
  const own = new Set(Object.keys(weightsOf(model)));
  const rest = Object.keys(weightsOf(trained)).filter((name) => !own.has(name));
  if (rest.length === 0) return store;
  const isOfModel = ([key]: readonly [string, unknown]) => !rest.some((name) => key.endsWith(`.${name}`));
  return {
    ...store,
    async open(resume) {
      const run = await store.open(resume);
      const saveBest: typeof run.saveBest = ({ variables, ...snapshot }) =>
        run.saveBest({ ...snapshot, variables: Object.fromEntries(Object.entries(variables).filter(isOfModel)) });
      return { ...run, saveBest };
    },
  };
}
