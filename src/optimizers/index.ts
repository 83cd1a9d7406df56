import { OptionError } from "../errors.ts";
import { show } from "../options.ts";
import type { Schedule } from "../schedules/schedule.ts";
import { Adadelta } from "./adadelta.ts";
import { Adagrad } from "./adagrad.ts";
import { Adam, AdamW } from "./adam.ts";
import { Adamax } from "./adamax.ts";
import { ASGD } from "./asgd.ts";
import { Lion } from "./lion.ts";
import { NAdam } from "./nadam.ts";
import type { Optimizer } from "./optimizer.ts";
import { RAdam } from "./radam.ts";
import { RMSprop } from "./rmsprop.ts";
import { SGD } from "./sgd.ts";

/** Every optimizer by its name, which a minifier would change. */
const optimizers = { SGD, RMSprop, Adam, AdamW, NAdam, RAdam, Adamax, Adagrad, Adadelta, ASGD, Lion } as const;

/** An optimizer as plain data. */
export interface MadeOptimizer {
	readonly name: string;
	/** But for a schedule. */
	readonly options: Readonly<Record<string, number | boolean>>;
}

/** What makes an optimizer again; undefined of one that is not this package's. */
export function madeOptimizer(optimizer: Optimizer): MadeOptimizer | undefined {
	const [name] = Object.entries(optimizers).find(([, type]) => optimizer.constructor === type) ?? [];
	if (name === undefined) return undefined;
	const settings = Object.entries(optimizer).filter(
		([key, value]) => (typeof value === "number" || typeof value === "boolean") && !isOwn(name, key, optimizer),
	);
	return { name, options: Object.fromEntries(settings) };
}

/** Whether a property is none of the options. */
function isOwn(name: string, key: string, optimizer: Optimizer): boolean {
	if (key === "operations") return true;
	if (name === "AdamW") return key === "decoupledWeightDecay";
	return key === "t0" && (optimizer as ASGD).nonMonotone !== undefined;
}

/** The optimizer that a file says.
 * @throws OptionError Where there is none of that name, or its options are wrong. */
export function optimizerFrom({ name, options }: MadeOptimizer, schedule: Schedule | undefined): Optimizer {
	if (!Object.hasOwn(optimizers, name)) throw new OptionError(`${show(name)} is no optimizer.`);
	const Type = optimizers[name as keyof typeof optimizers] as new (options: object) => Optimizer;
	return new Type({ ...options, ...(schedule && { learningRate: schedule }) });
}
