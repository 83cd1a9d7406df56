// What training needs of Node.js: files that are whole or not there, and a bar in the terminal.

export { type CheckpointOptions, Checkpoints } from "./checkpoints.ts";
export { type ProgressBar, type ProgressOptions, progressBar } from "./progressBar.ts";
export { writeFileWhole } from "./writeFileWhole.ts";
