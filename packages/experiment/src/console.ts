export { spread, rounded } from "./metric.js";
export { withProgress, type Done } from "./progress.js";
export { machine, commit, type Machine } from "./provenance.js";
export { bootstrapMean, exponentiate, margin, median, ratioOfRounds, type Estimate } from "./statistics.js";
export { markdownTable, textTable, type Table } from "./tables.js";
