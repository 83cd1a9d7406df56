import type { EngineName } from "bptt";
import type { CellName, Shape } from "./shapes.ts";

/** What the command line asks of a part. */
export interface Settings {
	readonly quick: boolean;
	readonly engine: EngineName;
	readonly cell?: CellName;
	readonly shape?: Shape;
}

/** One question, measured for one engine in a process of its own. It prints as it goes and gives its figures. */
export interface Part {
	measure(settings: Settings): Promise<unknown>;
}
