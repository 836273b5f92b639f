export { captionFolder, type CaptionFolderOptions } from "./caption-folder.js";
export { cub200, type Cub200Options, type CubItem, type CubSet } from "./cub200.js";
export { decodeImage, type DecodeOptions, type Crop } from "./decode-image.js";
export { featureFile, type FeatureFileOptions } from "./feature-file.js";
export { fgvcAircraft, type FgvcAircraftOptions } from "./fgvc-aircraft.js";
export type { Attributed, AttributeLabels, Boxed, FineGrainedOptions } from "./fine-grained.js";
export { imageFolder, type ImageFolderOptions } from "./image-folder.js";
export { imageTextList, imageTextSplits, type ImageTextListOptions } from "./image-text-list.js";
export {
  labelMapWriter,
  writeLabelBands,
  writeLabelMap,
  type LabelBand,
  type LabelFormatOptions,
  type LabelMapWriter,
  type LabelMapWriterOptions,
} from "./labels/label-map-writer.js";
export { readLabelMap, type ReadLabelMapOptions } from "./labels/read-label-map.js";
export type { ClassOrder } from "./listing.js";
export type { ListedImagesOptions } from "./listed-images.js";
export { stanfordCars, type StanfordCarsOptions } from "./stanford-cars.js";
export { tiledImage } from "./tiles/tiled-image.js";
export type { TiledImageOptions } from "./tiles/tiled-image-options.js";
export { ade20k, type Ade20kOptions } from "./labels/ade20k.js";
export { cityscapes, type CityscapesOptions } from "./labels/cityscapes.js";
export type { SegmentationFileItem, SegmentationFilesOptions } from "./labels/segmentation-files.js";
export { segmentationFolder, type SegmentationFolderOptions } from "./labels/segmentation-folder.js";
export { vocSegmentation, type VocSegmentationOptions } from "./labels/voc-segmentation.js";
export { inspectLabelFolder, type InspectLabelFolderOptions } from "./labels/inspect-label-folder.js";
