import type { Provenance } from "@fovea/experiment";

/** When, where and of what code a run in a test might have been. */
export const ran: Provenance = {
  ...{ date: "2026-01-01 00:00 UTC", commit: "abc1234" },
  machine: { cpu: "a processor", cores: 2, memory: 4e9, os: "Linux", node: "20.0.0", load: [0, 0, 0], engine: "wasm" },
};
