/** The part of topojson-client that is used; the package has no types of its own. */
declare module "topojson-client" {
  export function feature(
    topology: object,
    object: object,
  ): {
    readonly features: readonly {
      readonly geometry: { readonly coordinates: readonly (readonly (readonly (readonly [number, number])[])[])[] };
    }[];
  };
}
