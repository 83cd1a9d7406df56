import type { Network } from "../compile/network.ts";
import { settingOf } from "../compile/program.ts";
import { type Range, rangesOf } from "../compile/ranges.ts";
import { OptionError } from "../errors.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { checkFlag, checkKeys, checkNumber, show } from "../options.ts";

/** How some parameters are trained. */
export interface ParameterOptions {
	/** Whether they stay as they are, as with PyTorch's `requires_grad = False`: no update, no share in the gradient norm and its clipping,
	 * nothing kept of them; only `trainer.gradients` still gives theirs. Default false. */
	readonly frozen?: boolean | undefined;
	/** What the optimizer's learning rate, or its schedule's, is multiplied by. Default 1. */
	readonly learningRateFactor?: number | undefined;
	/** Stands in for the optimizer's `weightDecay`. Default: the optimizer's. */
	readonly weightDecay?: number | undefined;
}

/** Options of parameters by name. In a name, `*` stands for any characters: `"0.*"` for all of layer 0, `"*bias*"` for all biases. Where
 * several fit, later ones add to earlier ones and take their place. */
export type ParametersOptions = Readonly<Record<string, ParameterOptions>>;

/** Parameters in groups that are updated alike. */
export interface Groups {
	readonly options: readonly ParameterOptions[];
	readonly ranges: readonly Range[];
}

/** Checks options of parameters, and puts parameters of the same options into groups. */
export function groupsOf(where: string, given: ParametersOptions | undefined, network: Network): Groups | undefined {
	if (given === undefined) return undefined;
	checkPatterns(where, given, network);
	const keys: string[] = [];
	const groups = network.parameters.map(({ name }) => {
		const { frozen, learningRateFactor, weightDecay }: ParameterOptions = Object.assign(
			{},
			...Object.entries(given).map(([pattern, options]) => (matches(pattern, name) ? options : {})),
		);
		if (frozen) return -1;
		const key = JSON.stringify({ learningRateFactor, weightDecay });
		if (!keys.includes(key)) keys.push(key);
		return keys.indexOf(key);
	});
	if (keys.length === 0)
		throw new OptionError(`${where}: "parameters" freezes every parameter. Leave some to be trained.`);
	return { options: keys.map((key) => JSON.parse(key)), ranges: rangesOf(network, groups) };
}

function checkPatterns(where: string, given: ParametersOptions, { parameters }: Network): void {
	const place = `${where}: "parameters"`;
	if (typeof given !== "object" || given === null || Array.isArray(given))
		throw new OptionError(`${place} must be an object, as { "*.bias": { weightDecay: 0 } }, got ${show(given)}.`);
	for (const [pattern, options] of Object.entries(given)) {
		const own = `${where}: parameters[${show(pattern)}]`;
		checkKeys(own, options, ["frozen", "learningRateFactor", "weightDecay"]);
		const { frozen = false, learningRateFactor = 1, weightDecay = 0 } = options;
		checkFlag(own, "frozen", frozen);
		checkNumber(own, "learningRateFactor", learningRateFactor, { least: 0 });
		checkNumber(own, "weightDecay", weightDecay, { least: 0 });
		if (parameters.some(({ name }) => matches(pattern, name))) continue;
		const names = parameters.map(({ name }) => name).join(", ");
		throw new OptionError(`${own} fits no parameter. The model has ${names}; * stands for any characters.`);
	}
}

/** Whether a name is what a pattern says. */
function matches(pattern: string, name: string): boolean {
	const [first = "", ...rest] = pattern.split("*");
	const last = rest.pop();
	if (last === undefined) return name === pattern;
	if (!name.startsWith(first)) return false;
	let at = first.length;
	for (const part of rest) {
		const found = name.indexOf(part, at);
		if (found < 0) return false;
		at = found + part.length;
	}
	return name.length - last.length >= at && name.endsWith(last);
}

/** The settings of all groups at an update. */
export function settingsOf({ options }: Groups, optimizer: Optimizer, count: number): Readonly<Record<string, number>> {
	const { learningRate, weightDecay: common = 0 } = optimizer;
	const settings: Record<string, number> = {};
	for (const [group, { learningRateFactor = 1, weightDecay = common }] of options.entries()) {
		const own = optimizer.settings(count, { learningRate: learningRateFactor * learningRate, weightDecay });
		for (const name in own) settings[settingOf(name, group)] = own[name] as number;
	}
	return settings;
}
