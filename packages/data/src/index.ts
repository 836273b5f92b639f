export { byteCache, cached, type ByteCache, type CachePart } from "./byte-cache.js";
export {
  readCaptions,
  type Captioned,
  type CaptionedSet,
  type MissingText,
  type ReadCaptionsOptions,
} from "./captions.js";
export { collectionBatches, type CollectionBatch, type CollectionBatchesOptions } from "./collection-batches.js";
export { collectionSampler, type CollectionSamplerOptions } from "./collection-sampler.js";
export type { Collections, CollectionSampler } from "./collections.js";
export type { CaptionedImages, SentenceOptions } from "./drawn-sentences.js";
export { encodeFeatures, type EncodeFeaturesOptions } from "./encode-features.js";
export type { EncodeRest, FeatureCache, StoredFeatures } from "./feature-cache.js";
export {
  gatherBatches,
  type FeatureBatch,
  type GatherBatchesOptions,
  type SingleFeatureBatch,
} from "./gather-batches.js";
export {
  groupsOf,
  labelsOf,
  type Box,
  type Color,
  type ImageItem,
  type ImageSet,
  type Size,
  type SkippedImage,
} from "./image.js";
export type { Grouping, GroupingOptions } from "./grouping.js";
export { imageBatches, type ImageBatch, type ImageBatchesOptions } from "./image-batches.js";
export { ImageFileError } from "./image-file-error.js";
export { imageTextBatches, type ImageTextBatch, type ImageTextBatchesOptions } from "./image-text-batches.js";
export { imageSampler, type ImageSampler, type ImageSamplerOptions, type SampledImages } from "./image-sampler.js";
export { joinBatches } from "./join-batches.js";
export {
  inspectLabels,
  requireLabels,
  type InspectedLabels,
  type InspectLabelsOptions,
} from "./labels/inspect-labels.js";
export { colorsOfLabels, labelsOfColors, vocColors } from "./labels/label-colors.js";
export type { IdCount, LabelCounts, LabelReport } from "./labels/label-report.js";
export type { LabelMap, LabelledImage, SegmentationItem, SegmentationSet } from "./labels/label-map.js";
export {
  imageOnly,
  jointCrop,
  jointFlip,
  jointResize,
  jointRotation,
  jointScale,
  segmentationAugmentation,
  type JointCropOptions,
  type JointTransform,
  type SegmentationAugmentationOptions,
  type SegmentationSample,
} from "./labels/joint-transforms.js";
export {
  segmentationBatches,
  type SegmentationBatch,
  type SegmentationBatchesOptions,
} from "./labels/segmentation-batches.js";
export type { ReadImagesOptions } from "./load-views.js";
export { mentionsSide } from "./mentions-side.js";
export { cutmix } from "./mixing/cutmix.js";
export type { MixedBatch, MixOptions } from "./mixing/mix-options.js";
export { mixup } from "./mixing/mixup.js";
export { phraseBounds, type PhraseBound, type PhraseBoundsOptions } from "./phrase-bounds.js";
export { pkSampler, type PkSamplerOptions } from "./pk-sampler.js";
export { processImages, type ImageFailure, type ProcessedImages, type ProcessImagesOptions } from "./process-images.js";
export { processedBatches, type ProcessedBatch, type ProcessedBatchesOptions } from "./processed-batches.js";
export {
  byContrast,
  byIntensity,
  bySaturation,
  foregroundTiles,
  type ForegroundOptions,
  type KeepTile,
  type MeanRange,
} from "./tiles/foreground-tiles.js";
export type { ByteInput } from "./tiles/byte-file.js";
export type { FileSource, SkippedPage, StoredLevel } from "./tiles/file-source.js";
export { geotiffSource, type GeotiffOptions } from "./tiles/geotiff-source.js";
export { pixelsSource, tensorSource } from "./tiles/memory-sources.js";
export { pyramidSource, type PyramidConfig, type PyramidLevel, type TileOptions } from "./tiles/pyramid-source.js";
export { retrying, type RetryOptions } from "./tiles/retrying.js";
export type { SampleRange, TiffOptions } from "./tiles/tiff-options.js";
export type { TileSource } from "./tiles/tile-source.js";
export { toTensor, type Normalization } from "./to-tensor.js";
export { affine, randomAffine, type Affine, type RandomAffineOptions } from "./transforms/affine.js";
export { gaussianBlur } from "./transforms/blur.js";
export { colorJitter, cutout, type ColorJitterOptions, type CutoutOptions } from "./transforms/color.js";
export {
  centerCrop,
  flip,
  horizontalFlip,
  randomCrop,
  randomResizedCrop,
  resize,
  type RandomResizedCropOptions,
} from "./transforms/crops.js";
export {
  compose,
  consistent,
  perView,
  sometimes,
  type CollectionTransform,
  type Transform,
} from "./transforms/transform.js";
export { inOrder, viewSubsets, type ViewSubsets, type ViewSubsetsOptions } from "./view-subsets.js";
export { wordBatches, type EncodeOptions, type WordBatch, type WordBatchesOptions } from "./word-batches.js";
