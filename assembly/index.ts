export * from "./tile";
