/** A test of tfjs-core that is known to fail: on cpu too, or because what it expects is wrong. */
export interface Exclusion {
  /** Its whole name, as the report prints it. */
  readonly test: string;
  readonly reason: string;
  /** The test of this repository that disproves what it expects; without one, it has to fail on cpu. */
  readonly disprovedBy?: string;
}

/** In Node tfjs-core's own `cpu` backend passes every test. */
export const exclusions: readonly Exclusion[] = [
  {
    test: "avgPool gradient x=[3,3,1] f=[3,3] s=1 p=explicit",
    reason:
      "expects a ninth of each error in every cell, though the average at an edge is over six cells, at a corner over four",
    disprovedBy: "pool.test.ts, AvgPoolGrad: the transpose of AvgPool",
  },
];
