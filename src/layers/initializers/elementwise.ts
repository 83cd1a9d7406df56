// Initializers that draw every value by itself.

import { describe, type InitializerType } from "./initializer.ts";

export interface UniformInitializer {
	readonly type: "uniform";
	readonly bound: number;
}

export interface NormalInitializer {
	readonly type: "normal";
	readonly deviation: number;
}

export interface GlorotInitializer {
	readonly type: "glorot";
}

export interface HeInitializer {
	readonly type: "he";
}

export interface ConstantInitializer {
	readonly type: "constant";
	readonly value: number;
}

/** Starts a parameter uniform in ±bound.
 *
 * @throws OptionError `uniform: "bound" must be a finite number at least 0, got -1.` */
export function uniform(bound: number): UniformInitializer {
	return describe(uniformType, { bound });
}

/** Starts a parameter normal, of mean 0 and this standard deviation.
 *
 * @throws OptionError `normal: "deviation" must be a finite number at least 0, got -1.` */
export function normal(deviation: number): NormalInitializer {
	return describe(normalType, { deviation });
}

/** Starts a matrix uniform in
 *
 * ```
 * ±√(6 / (fanIn + fanOut))
 * ```
 *
 * so that neither outputs nor gradients grow or shrink from layer to layer. Each gate counts by itself: of `weight_ih
 * [4H, I]`, fanIn is I and fanOut H. It has no options.
 *
 * @see Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", equation 16. */
export function glorot(options: Readonly<Record<string, never>> = {}): GlorotInitializer {
	return describe(glorotType, options);
}

/** Starts a matrix normal, of mean 0 and standard deviation
 *
 * ```
 * √(2 / fanIn)
 * ```
 *
 * which is what ReLU needs, since it stops half of what comes in. fanIn is the number of columns. It has no options.
 *
 * @see He et al. 2015, "Delving deep into rectifiers", equation 10. */
export function he(options: Readonly<Record<string, never>> = {}): HeInitializer {
	return describe(heType, options);
}

/** Starts every value of a parameter at `value`.
 *
 * @throws OptionError `constant: "value" must be a finite number, got NaN.` */
export function constant(value: number): ConstantInitializer {
	return describe(constantType, { value });
}

export const uniformType: InitializerType<"uniform", "bound"> = {
	type: "uniform",
	setting: "bound",
	least: 0,
	fill({ values }, random, bound) {
		for (let i = 0; i < values.length; i++) values[i] = random.uniform(-bound, bound);
	},
};

export const normalType: InitializerType<"normal", "deviation"> = {
	type: "normal",
	setting: "deviation",
	least: 0,
	fill({ values }, random, deviation) {
		for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
	},
};

export const glorotType: InitializerType<"glorot", never> = {
	type: "glorot",
	only: "matrices",
	fill(block, random) {
		uniformType.fill(block, random, Math.sqrt(6 / (block.columns + block.rows)));
	},
};

export const heType: InitializerType<"he", never> = {
	type: "he",
	only: "matrices",
	fill(block, random) {
		normalType.fill(block, random, Math.sqrt(2 / block.columns));
	},
};

export const constantType: InitializerType<"constant", "value"> = {
	type: "constant",
	setting: "value",
	fill({ values }, _random, value) {
		values.fill(value);
	},
};
