import { isModel, type LayerLike, type LayersModelLike, type LayerVariableLike } from "./layers-model.js";

/**
 * Where every layer of a model lies: `conv`, or, in a model that is a layer of it, `trunk/conv`. Those models are
 * layers, too. A layer that lies in several places is called by the outermost, and of those by the first.
 */
export function pathsOf(model: LayersModelLike): ReadonlyMap<LayerLike, string> {
  const paths = new Map<LayerLike, string>();
  let level: readonly (readonly [prefix: string, model: LayersModelLike])[] = [["", model]];
  while (level.length > 0) {
    const layers = level.flatMap(([prefix, { layers }]) =>
      layers.map((layer) => [prefix + layer.name, layer] as const),
    );
    const fresh = layers.filter(([path, layer]) => !paths.has(layer) && paths.set(layer, path));
    level = fresh.flatMap(([path, layer]) => (isModel(layer) ? [[`${path}/`, layer] as const] : []));
  }
  return paths;
}

/**
 * A key for every weight: its name in the model's file, `conv/kernel`; or, where several weights have that name, with
 * the models around it in front, `left/conv/kernel`.
 */
export function keysOf(model: LayersModelLike): ReadonlyMap<LayerVariableLike, string> {
  const places = new Map<LayerVariableLike, string>();
  for (const [layer, path] of pathsOf(model)) {
    const around = path.slice(0, path.length - layer.name.length);
    if (isModel(layer)) continue;
    for (const weight of layer.weights) if (!places.has(weight)) places.set(weight, around + weight.originalName);
  }
  const counts = new Map<string, number>();
  for (const { originalName } of places.keys()) counts.set(originalName, (counts.get(originalName) ?? 0) + 1);
  return new Map(
    [...places].map(([weight, place]) => [weight, counts.get(weight.originalName) === 1 ? weight.originalName : place]),
  );
}
