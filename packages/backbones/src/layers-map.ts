import type { NamedValue } from "./layers-graph.js";
import type { SymbolicTensorLike } from "./layers-model.js";

/** Names a feature map of a model. */
export interface MapSelector {
  /** The name of the stage. */
  readonly name: string;
  /**
   * The layer whose output is the map: its name, `relu`, or, if several layers have that name, its path with the models
   * around it, `trunk/relu`. Default: `name`.
   */
  readonly layer?: string | undefined;
  /**
   * The map itself instead of `layer`, such as `model.getLayer("relu").getOutputAt(1)`. Needed for a layer that is used
   * more than once or has several outputs.
   */
  readonly output?: SymbolicTensorLike | undefined;
}

/** Finds the selected map. @throws RangeError if there is none, more than one, or the output is no feature map */
export function findMap(who: string, values: readonly NamedValue[], wanted: MapSelector): NamedValue {
  const { name, layer = name, output } = wanted;
  const [map, ...more] = new Map(matches(values, wanted).map((one) => [one.value, one])).values();
  if (!map)
    throw new RangeError(
      `${who}: the output of the model does not depend on ${output ? "the `output` of" : "a layer"} \`${output ? name : layer}\`.`,
    );
  if (more.length > 0) throw new RangeError(`${who}: ${ambiguityOf(layer, [map, ...more])}`);
  const { shape } = map.value;
  if (shape.length !== 4 || shape[3] == null)
    throw new RangeError(
      `${who}: \`${map.path}\` must return feature maps [batch, height, width, channels], got [${shape.join(", ")}].`,
    );
  return map;
}

/** The values with this path or, if there are none, those whose path ends with it. */
function matches(values: readonly NamedValue[], { name, layer = name, output }: MapSelector): readonly NamedValue[] {
  if (output) return values.filter(({ tensor }) => tensor.id === output.id);
  const exact = values.filter(({ path }) => path === layer);
  return exact.length > 0 ? exact : values.filter(({ path }) => path.endsWith(`/${layer}`));
}

/** The message for a name that several maps have: why, and how to select one. */
function ambiguityOf(layer: string, maps: readonly NamedValue[]): string {
  const distinct = <T>(of: (map: NamedValue) => T) => [...new Set(maps.map(of))];
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
