/** What is used of jasmine-core, which has no types of its own. */
declare module "jasmine-core/lib/jasmine-core/jasmine.js" {
  interface Failed {
    readonly failedExpectations: readonly { readonly message: string }[];
  }
  interface Spec extends Failed {
    readonly fullName: string;
    readonly status: "passed" | "failed" | "pending" | "excluded";
  }
  interface Env {
    configure(settings: { random: boolean; specFilter(spec: { getFullName(): string }): boolean }): void;
    addReporter(reporter: { specDone(spec: Spec): void }): void;
    execute(): Promise<Failed>;
  }
  interface Jasmine {
    getEnv(): Env;
  }
  const jasmineRequire: { core(required: object): Jasmine; interface(jasmine: Jasmine, env: Env): object };
  export = jasmineRequire;
}
