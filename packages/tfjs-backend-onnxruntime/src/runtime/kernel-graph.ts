import { graphBuilder, type GraphBuilder, type Target, type Value } from "@fovea/onnx-graph";

/** A graph whose inputs are those of one kernel. */
export interface KernelGraph extends GraphBuilder {
  readonly inputs: readonly Value[];
}

/** Constants are fed, too, so that kernels that differ in them share a model. */
export function kernelGraph(inputs: readonly Omit<Value, "name">[], target: Target): KernelGraph {
  const graph = graphBuilder(target, { constants: "fed", views: true });
  return Object.assign(graph, { inputs: inputs.map((value, i) => graph.input(value, i)) });
}
