export * from "./activations";
export * from "./random";
