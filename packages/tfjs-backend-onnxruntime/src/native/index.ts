import { elementwise } from "./elementwise.js";
import { fills } from "./fills.js";
import { gathers } from "./gathers.js";
import { joins } from "./joins.js";
import { pools } from "./pools.js";
import { multiplying } from "./products.js";
import { rearrangements } from "./rearrange.js";
import { reductions } from "./reductions.js";
import { scatters } from "./scatters.js";
import { slices } from "./slices.js";
import type { Traits, TraitsTable } from "./traits.js";

const table: TraitsTable = {
  ...slices,
  ...joins,
  ...rearrangements,
  ...gathers,
  ...scatters,
  ...multiplying,
  ...pools,
  ...elementwise,
  ...reductions,
  ...fills,
};

const plain: Traits = {};

/** How a kernel is best run here, by tfjs's name; a kernel that is not in the tables has the defaults. */
export const traitsOf = (kernel: string): Traits => table[kernel] ?? plain;
