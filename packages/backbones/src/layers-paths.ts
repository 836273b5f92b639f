import { isModel, type LayerLike, type LayersModelLike, type LayerVariableLike } from "./layers-model.js";

/**
 * The path of every layer of a model: `conv`, or `trunk/conv` for a layer of an inner model `trunk`. Inner models have
 * paths, too. A layer with several paths gets the shortest one, and the first of several that are equally short.
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
 * The name of every weight: its name in the file of the model, `conv/kernel`, or, if several weights have that name,
 * with the models around it in front, `left/conv/kernel`.
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
