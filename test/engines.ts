import { type EngineName, supportsFast } from "../src/engine/engine.ts";

/** The engines that this JavaScript engine runs. `npm test` runs the suite once more on a newer Node where it lacks `fast`. */
export const engines: readonly EngineName[] = supportsFast() ? ["portable", "fast"] : ["portable"];
