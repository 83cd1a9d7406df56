import type { EngineName } from "../engine/engine.ts";
import { BpttError, FormatError, OptionError } from "../errors.ts";
import type { AnyLoss } from "../losses/index.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { Schedule } from "../schedules/schedule.ts";

/** How a trainer is loaded, and what no file can hold. */
export interface LoadOptions<L extends AnyLoss = AnyLoss> {
	readonly engine?: EngineName | "auto" | undefined;
	readonly loss?: L | undefined;
	readonly optimizer?: Optimizer | undefined;
	readonly schedule?: Schedule | undefined;
}

/** An error of loading a trainer, whoever found it. */
export function asLoaded(where: string, error: unknown): unknown {
	if (error instanceof OptionError && error.message.startsWith("Trainer:"))
		return new FormatError(`${where}: the file's options are wrong. ${error.message}`);
	if (error instanceof BpttError && error.message.startsWith("Model.load"))
		return Object.assign(error, { message: error.message.replace("Model.load", where) });
	return error;
}
