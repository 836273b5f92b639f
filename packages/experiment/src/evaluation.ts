/**
 * One number that was measured: top-1 accuracy with three views is `{ metric: "top1", value: 0.57, at: { views: 3 } }`.
 */
export interface Measurement {
  /** One of the experiment's `metrics`. */
  readonly metric: string;
  /** Null where there is no such number: an error rate among no errors. */
  readonly value: number | null;
  /** Under which conditions it was measured, if there are several. */
  readonly at?: Readonly<Record<string, string | number>>;
}

/** What evaluating a model on a split comes to. */
export interface Evaluation {
  readonly measurements: readonly Measurement[];
  /** How many samples of each class (row) were taken for each class (column). */
  readonly confusion?: readonly (readonly number[])[];
  /** Whatever else the report is made of; plain JSON. */
  readonly details?: unknown;
}

/** Where data or weights come from, and under which licence. */
export interface Source {
  readonly name: string;
  /** Such as "images". */
  readonly what: string;
  readonly author: string;
  readonly license: string;
  readonly url: string;
  readonly licenseText: string;
}

/** What a run is made on, for its report. */
export interface DataSummary {
  readonly name: string;
  readonly description: string;
  readonly classes: readonly string[];
  /** Number of images, or collections, or scenes, by split: `{ train: 640, validation: 160, test: 160 }`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Where data and weights come from, and under which licences. */
  readonly sources: readonly Source[];
  /** Whatever else the report says of the data; plain JSON. */
  readonly details?: unknown;
}
