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
  /** What was measured, in any order. */
  readonly measurements: readonly Measurement[];
  /** How many samples of each class (row) were taken for each class (column). */
  readonly confusion?: readonly (readonly number[])[];
  /** Whatever else the report is made of; plain JSON. */
  readonly details?: unknown;
}

/** Where data or weights come from, and under which licence. */
export interface Source {
  /** Name of the package, or of the data or weights. */
  readonly name: string;
  /** Such as "images". */
  readonly what: string;
  /** Whom to credit. */
  readonly author: string;
  /** Short name of the licence: `CC-BY-4.0`. */
  readonly license: string;
  /** Where the data or weights are published. */
  readonly url: string;
  /** Address of the text of the licence. */
  readonly licenseText: string;
}

/** What a run is made on, for its report. */
export interface DataSummary {
  /** Short name of the data: `emoji-animals-nature-40`. */
  readonly name: string;
  /** One or a few sentences: what the images are. */
  readonly description: string;
  /** Names of the classes, in the order of their labels. */
  readonly classes: readonly string[];
  /** Number of images, or collections, or scenes, by split: `{ train: 640, validation: 160, test: 160 }`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Where data and weights come from, and under which licences. */
  readonly sources: readonly Source[];
  /** Whatever else the report says of the data; plain JSON. */
  readonly details?: unknown;
}
