// Optimizers beside those of optimizers.ts, by the same rules: PyTorch's definitions and defaults, Lion by its paper.

import { at, type Vector } from "./matrix.ts";
import { type AdamOptions, averages, type Update } from "./optimizers.ts";

export interface NAdamOptions extends AdamOptions {
	readonly momentumDecay?: number;
	readonly decoupledWeightDecay?: boolean;
}

export interface RAdamOptions extends AdamOptions {
	readonly decoupledWeightDecay?: boolean;
}

export interface AdagradOptions {
	readonly learningRate?: number;
	readonly learningRateDecay?: number;
	readonly weightDecay?: number;
	readonly initialAccumulatorValue?: number;
	readonly epsilon?: number;
}

export interface AdadeltaOptions {
	readonly learningRate?: number;
	readonly rho?: number;
	readonly epsilon?: number;
	readonly weightDecay?: number;
}

export interface AsgdOptions {
	readonly learningRate?: number;
	readonly lambd?: number;
	readonly alpha?: number;
	readonly t0?: number;
	readonly weightDecay?: number;
}

export type LionOptions = Omit<AdamOptions, "epsilon">;

/** The gradient with its L2 penalty; or, decoupled, p shrunk first and the gradient alone. */
function decayed(p: Vector, g: Vector, { weightDecay = 0, learningRate = 0, decoupledWeightDecay = false }): Vector {
	if (!decoupledWeightDecay) return g.map((value, j) => value + weightDecay * at(p, j));
	p.set(p.map((value) => value * (1 - learningRate * weightDecay)));
	return g;
}

/** g += weightDecay·p, or p *= 1 - learningRate·weightDecay
 *  m = beta1·m + (1 - beta1)·g    v = beta2·v + (1 - beta2)·g²    mu[t] = beta1·(1 - 0.5·0.96^(t·momentumDecay))
 *  p -= learningRate·((1 - mu[t])/(1 - Πmu[..t])·g + mu[t+1]/(1 - Πmu[..t+1])·m) / (sqrt(v/(1 - beta2^t)) + epsilon)
 * (Dozat 2016) */
export function nadam({
	learningRate = 2e-3,
	beta1 = 0.9,
	beta2 = 0.999,
	epsilon = 1e-8,
	momentumDecay = 4e-3,
	...decay
}: NAdamOptions = {}): Update {
	const mOf = averages();
	const vOf = averages();
	const mu = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
	let t = 0;
	let product = 1;
	return (p, gradient) => {
		const m = mOf(p);
		const v = vOf(p);
		t++;
		product *= mu(t);
		const ofG = (1 - mu(t)) / (1 - product);
		const ofM = mu(t + 1) / (1 - product * mu(t + 1));
		for (const [j, g] of decayed(p, gradient, { learningRate, ...decay }).entries()) {
			m[j] = beta1 * at(m, j) + (1 - beta1) * g;
			v[j] = beta2 * at(v, j) + (1 - beta2) * g * g;
			const denominator = Math.sqrt(at(v, j) / (1 - beta2 ** t)) + epsilon;
			p[j] = at(p, j) - (learningRate * (ofG * g + ofM * at(m, j))) / denominator;
		}
	};
}

/** As Adam's g, m and v; rho = rhoInf - 2·t·beta2^t/(1 - beta2^t), rhoInf = 2/(1 - beta2) - 1
 *  rho > 5: p -= learningRate/(1 - beta1^t) · m · r·sqrt(1 - beta2^t)/(sqrt(v) + epsilon),
 *           r = sqrt((rho - 4)(rho - 2)·rhoInf / ((rhoInf - 4)(rhoInf - 2)·rho))
 *  else:    p -= learningRate/(1 - beta1^t) · m
 * (Liu et al. 2020) */
export function radam({
	learningRate = 1e-3,
	beta1 = 0.9,
	beta2 = 0.999,
	epsilon = 1e-8,
	...decay
}: RAdamOptions = {}): Update {
	const mOf = averages();
	const vOf = averages();
	const rhoInf = 2 / (1 - beta2) - 1;
	let t = 0;
	return (p, gradient) => {
		const m = mOf(p);
		const v = vOf(p);
		t++;
		const rho = rhoInf - (2 * t * beta2 ** t) / (1 - beta2 ** t);
		const r = Math.sqrt(((rho - 4) * (rho - 2) * rhoInf) / ((rhoInf - 4) * (rhoInf - 2) * rho));
		for (const [j, g] of decayed(p, gradient, { learningRate, ...decay }).entries()) {
			m[j] = beta1 * at(m, j) + (1 - beta1) * g;
			v[j] = beta2 * at(v, j) + (1 - beta2) * g * g;
			const adaptive = Math.sqrt(1 - beta2 ** t) / (Math.sqrt(at(v, j)) + epsilon);
			p[j] = at(p, j) - ((learningRate * at(m, j)) / (1 - beta1 ** t)) * (rho > 5 ? r * adaptive : 1);
		}
	};
}

/** g += weightDecay·p    m = beta1·m + (1 - beta1)·g    u = max(beta2·u, |g| + epsilon)
 *  p -= learningRate/(1 - beta1^t) · m/u
 * (Kingma & Ba 2015) */
export function adamax({
	learningRate = 2e-3,
	beta1 = 0.9,
	beta2 = 0.999,
	epsilon = 1e-8,
	weightDecay = 0,
}: AdamOptions = {}): Update {
	const mOf = averages();
	const uOf = averages();
	let t = 0;
	return (p, gradient) => {
		const m = mOf(p);
		const u = uOf(p);
		t++;
		for (const [j, g] of decayed(p, gradient, { weightDecay }).entries()) {
			m[j] = beta1 * at(m, j) + (1 - beta1) * g;
			u[j] = Math.max(beta2 * at(u, j), Math.abs(g) + epsilon);
			p[j] = at(p, j) - (learningRate / (1 - beta1 ** t)) * (at(m, j) / at(u, j));
		}
	};
}

/** g += weightDecay·p    v += g², from initialAccumulatorValue
 *  p -= learningRate/(1 + (t - 1)·learningRateDecay) · g/(sqrt(v) + epsilon)
 * (Duchi, Hazan & Singer 2011) */
export function adagrad({
	learningRate = 1e-2,
	learningRateDecay = 0,
	weightDecay = 0,
	initialAccumulatorValue = 0,
	epsilon = 1e-10,
}: AdagradOptions = {}): Update {
	const sumOf = averages();
	let t = 0;
	return (p, gradient) => {
		const sum = sumOf(p);
		t++;
		const rate = learningRate / (1 + (t - 1) * learningRateDecay);
		for (const [j, g] of decayed(p, gradient, { weightDecay }).entries()) {
			sum[j] = at(sum, j) + g * g;
			p[j] = at(p, j) - (rate * g) / (Math.sqrt(initialAccumulatorValue + at(sum, j)) + epsilon);
		}
	};
}

/** g += weightDecay·p    v = rho·v + (1 - rho)·g²
 *  d = sqrt(u + epsilon)/sqrt(v + epsilon) · g    u = rho·u + (1 - rho)·d²
 *  p -= learningRate·d
 * (Zeiler 2012) */
export function adadelta({
	learningRate = 1,
	rho = 0.9,
	epsilon = 1e-6,
	weightDecay = 0,
}: AdadeltaOptions = {}): Update {
	const vOf = averages();
	const uOf = averages();
	return (p, gradient) => {
		const v = vOf(p);
		const u = uOf(p);
		for (const [j, g] of decayed(p, gradient, { weightDecay }).entries()) {
			v[j] = rho * at(v, j) + (1 - rho) * g * g;
			const d = (Math.sqrt(at(u, j) + epsilon) / Math.sqrt(at(v, j) + epsilon)) * g;
			u[j] = rho * at(u, j) + (1 - rho) * d * d;
			p[j] = at(p, j) - learningRate * d;
		}
	};
}

/** g += weightDecay·p    eta = learningRate/(1 + lambd·learningRate·(t - 1))^alpha
 *  p = p·(1 - lambd·eta) - eta·g    average += (p - average)/max(1, t - 1 - t0)
 * (Polyak & Juditsky 1992)
 * @returns The update, and what its averages are. */
export function asgd({
	learningRate = 1e-2,
	lambd = 1e-4,
	alpha = 0.75,
	t0 = 1e6,
	weightDecay = 0,
}: AsgdOptions = {}): Update & { readonly averages: (p: Vector) => Vector } {
	const averageOf = averages();
	let t = 0;
	const update: Update = (p, gradient) => {
		const average = averageOf(p);
		t++;
		const eta = learningRate / (1 + lambd * learningRate * (t - 1)) ** alpha;
		for (const [j, g] of decayed(p, gradient, { weightDecay }).entries()) {
			p[j] = at(p, j) * (1 - lambd * eta) - eta * g;
			average[j] = at(average, j) + (at(p, j) - at(average, j)) / Math.max(1, t - 1 - t0);
		}
	};
	return Object.assign(update, { averages: averageOf });
}

/** p -= learningRate·(sign(beta1·m + (1 - beta1)·g) + weightDecay·p)    m = beta2·m + (1 - beta2)·g
 * (Chen et al. 2023, algorithm 2) */
export function lion({ learningRate = 1e-4, beta1 = 0.9, beta2 = 0.99, weightDecay = 0 }: LionOptions = {}): Update {
	const mOf = averages();
	return (p, gradient) => {
		const m = mOf(p);
		for (const [j, g] of gradient.entries()) {
			const towards = Math.sign(beta1 * at(m, j) + (1 - beta1) * g);
			p[j] = at(p, j) - learningRate * (towards + weightDecay * at(p, j));
			m[j] = beta2 * at(m, j) + (1 - beta2) * g;
		}
	};
}
