import type { Named } from "./layers-graph.js";
import type { SymbolicTensorLike } from "./layers-model.js";

/** Which map of a model is meant. */
export interface MapName {
  readonly name: string;
  /**
   * The layer whose output is the map: its name, `relu`, or, where several have that name, with the models in front
   * that it lies in, `trunk/relu`. Default: `name`.
   */
  readonly layer?: string | undefined;
  /**
   * The map itself, instead of `layer`: for a layer that is used more than once, or has several outputs, such as
   * `model.getLayer("relu").getOutputAt(1)`.
   */
  readonly output?: SymbolicTensorLike | undefined;
}

/** The one map that is meant. @throws RangeError if there is none, or more than one, or what is there is no map */
export function mapOf(who: string, values: readonly Named[], wanted: MapName): Named {
  const { name, layer = name, output } = wanted;
  const [map, ...more] = new Map(matches(values, wanted).map((one) => [one.value, one])).values();
  if (!map)
    throw new RangeError(
      `${who}: the model's output does not depend on ${output ? "the `output` of" : "a layer"} \`${output ? name : layer}\`.`,
    );
  if (more.length > 0) throw new RangeError(`${who}: ${whichOf(layer, [map, ...more])}`);
  const { shape } = map.value;
  if (shape.length !== 4 || shape[3] == null)
    throw new RangeError(
      `${who}: \`${map.path}\` must give maps [batch, height, width, channels], got [${shape.join(", ")}].`,
    );
  return map;
}

/** By the whole path, or else by its end. */
function matches(values: readonly Named[], { name, layer = name, output }: MapName): readonly Named[] {
  if (output) return values.filter(({ tensor }) => tensor.id === output.id);
  const exact = values.filter(({ path }) => path === layer);
  return exact.length > 0 ? exact : values.filter(({ path }) => path.endsWith(`/${layer}`));
}

/** Why a name does not say which map is meant, and what does. */
function whichOf(layer: string, maps: readonly Named[]): string {
  const distinct = <T>(of: (map: Named) => T) => [...new Set(maps.map(of))];
  const paths = distinct(({ path }) => path);
  if (paths.length > 1) return `several layers are called \`${layer}\`; give one of ${paths.join(", ")}.`;
  const [path] = paths as [string];
  if (distinct(({ tensor }) => tensor.id).length < maps.length)
    return (
      `\`${path}\` lies in a model that is used more than once, and a map inside one of its uses cannot be named; ` +
      "cut at an output of that model instead."
    );
  const nodes = distinct(({ tensor }) => tensor.nodeIndex ?? 0);
  const several = nodes.length < maps.length;
  const ways = maps.map(
    ({ tensor: { nodeIndex = 0, outputTensorIndex = 0 } }) =>
      `\`getOutputAt(${nodeIndex})${several ? `[${outputTensorIndex}]` : ""}\``,
  );
  const what = nodes.length > 1 ? `is used ${nodes.length} times` : `has ${maps.length} outputs`;
  return `\`${path}\` ${what} in this model; give one as \`output\`: ${ways.join(" or ")} of that layer.`;
}
