import { isModel, type LayerLike, type LayersModelLike, type LayerVariableLike } from "./layers-model.js";

/**
 * A key for every weight: its name in the model's file, `conv/kernel`. Models that are layers of another may have
 * layers of one name; where weights have one name, each has those of the models around it in front,
 * `left/conv/kernel`. A layer that lies in several models is called by the first.
 */
export function keysOf(model: LayersModelLike): ReadonlyMap<LayerVariableLike, string> {
  const places = new Map<LayerVariableLike, string>();
  const visit = (layer: LayerLike, around: string): void => {
    if (isModel(layer)) for (const inner of layer.layers) visit(inner, `${around}${layer.name}/`);
    else for (const weight of layer.weights) if (!places.has(weight)) places.set(weight, around + weight.originalName);
  };
  for (const layer of model.layers) visit(layer, "");
  const bearers = new Map<string, number>();
  for (const { originalName } of places.keys()) bearers.set(originalName, (bearers.get(originalName) ?? 0) + 1);
  return new Map(
    [...places].map(([weight, place]) => [
      weight,
      bearers.get(weight.originalName) === 1 ? weight.originalName : place,
    ]),
  );
}
