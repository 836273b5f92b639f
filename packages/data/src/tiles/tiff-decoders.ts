import { getDecoder, type Pool } from "geotiff";
import { checkJpegFrames } from "./jpeg-frames.js";
import { lzwDecoded } from "./lzw.js";

/** The size of a tile or strip, and the bytes that it has when nothing is compressed. */
export interface BlockSize {
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly blockBytes: number;
}

const [NONE, LZW, JPEG] = [1, 5, 7];

type DecoderParameters = Parameters<typeof getDecoder>[1];

/** geotiff.js' decoders, for calls that take a `pool`: but for data that they would end the process at. */
export function guardedDecoders({ blockWidth, blockHeight, blockBytes }: BlockSize): Pool {
  const decoded = async (
    compression: number,
    parameters: DecoderParameters,
    data: ArrayBuffer,
  ): Promise<ArrayBufferLike> => {
    if (compression === JPEG) checkJpegFrames(new Uint8Array(data), blockWidth, blockHeight);
    if (compression !== LZW) return (await getDecoder(compression, parameters)).decode(data);
    const raw = lzwDecoded(new Uint8Array(data), blockBytes).slice().buffer;
    return (await getDecoder(NONE, parameters)).decode(raw); // which undoes the predictor
  };
  const bindParameters = (compression: number, parameters: DecoderParameters) => ({
    decode: (data: ArrayBuffer) => decoded(compression, parameters, data),
  });
  return { bindParameters } as unknown as Pool; // all that is used of one
}
