/** A test of tfjs-core that is known to fail, on cpu too. */
export interface Exclusion {
  /** Its whole name, as the report prints it. */
  readonly test: string;
  readonly reason: string;
}

/** None: in Node tfjs-core's own `cpu` backend passes every test, and so does this one. */
export const exclusions: readonly Exclusion[] = [];
