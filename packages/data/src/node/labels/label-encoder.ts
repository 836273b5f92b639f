import type { Color } from "../../image.js";

/** What is stored, and in which form. */
export interface LabelFormat {
  readonly width: number;
  readonly height: number;
  /** Bits of an id. */
  readonly bits: 8 | 16;
  /** 256 colours; stored with ids of 8 bits. */
  readonly palette: readonly Color[];
}

/** Turns rows of ids into the bytes of a file, as they come. */
export interface LabelEncoder {
  /** Full rows, of as many bits as the format says. */
  write(ids: Uint8Array | Uint16Array): Promise<void>;
  /** All rows have come. */
  end(): Promise<void>;
  /** Frees what it holds. */
  abort(): Promise<void>;
}
