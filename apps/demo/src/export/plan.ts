import type { Trained, Variant } from "@fovea/experiment";
import type { Module, Pixels } from "@fovea/nn";
import type { ExportInput, GoldenTensor, ImagePreprocessing, ModelTask } from "@fovea/tfjs-backend-onnxruntime";
import type * as tf from "@tensorflow/tfjs-core";

/** What a network is asked, to know what it must answer: images, in the order of the leading axes, or numbers. */
export type Asked = readonly Pixels[] | GoldenTensor;

/** One ONNX file. */
export interface NetworkExport {
  /** Its name, without an ending. */
  readonly name: string;
  /** Has the weights, by name. */
  readonly module: Module;
  /**
   * What it takes, in several ways, the most general first: of these the first is taken that the network allows, such
   * as images of any size before images of one.
   */
  readonly inputs: readonly Readonly<Record<string, ExportInput>>[];
  /** What it is asked, by input. */
  readonly asked: Readonly<Record<string, Asked>>;
  forward(inputs: Readonly<Record<string, tf.Tensor>>): tf.Tensor | Readonly<Record<string, tf.Tensor>>;
}

/** What becomes of a trained model: one file or several, and what to say of them. */
export interface ExportPlan {
  readonly networks: readonly NetworkExport[];
  readonly preprocessing: ImagePreprocessing;
  readonly task: ModelTask;
  /** Markdown: what the files are for, and what must be done between them. */
  readonly description: string;
  readonly tags?: readonly string[];
  /** Further files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Frees what was made for the export. */
  dispose?(): void;
}

/** An image of one's own, or a painted one, in a size. */
export type GoldenImage = (height: number, width: number) => Promise<Pixels>;

/** How a system exports its models. */
export type PlanOf<Settings, Model extends Module, V> = (
  trained: Trained<Settings, Model, V>,
  image: GoldenImage,
) => Promise<ExportPlan>;

/** Plans of some system. */
export type AnyPlanOf = PlanOf<object, Module, Variant<object, unknown, Module>>;

/** x / 127.5 − 1, as `NORMALIZATION` of the experiments. */
export const keras = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

/** The means and deviations of ImageNet's training images. */
export const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** x / 255. */
export const unit = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/** Images of any size, such as those of a network that averages its last map; or else of `size` alone. */
export const imageInputs = (height: number, width = height): Record<"pixel_values", ExportInput>[] => [
  {
    pixel_values: {
      shape: ["batch", { name: "height", example: height }, { name: "width", example: width }, 3],
      channelsFirst: true,
    },
  },
  { pixel_values: { shape: ["batch", height, width, 3], channelsFirst: true } },
];
