import type { Gradients } from "./gradients.ts";
import { add, addTo, dot, type Matrix, map, mul, row, rowsOf, stack, subtract, type Vector } from "./matrix.ts";

export type LayerNormParameters = {
	/** [size] */
	readonly weight: Vector;
	/** [size] */
	readonly bias: Vector;
};

const EPSILON = 1e-5;

const meanOf = (v: Vector) => v.reduce((sum, value) => sum + value, 0) / v.length;

/** u = (x - mean)·s with s = 1 / √(variance + 1e-5). */
function normalized(x: Vector): { readonly u: Vector; readonly s: number } {
	const mean = meanOf(x);
	const d = map(x, (value) => value - mean);
	const s = 1 / Math.sqrt(meanOf(mul(d, d)) + EPSILON);
	return { u: map(d, (value) => value * s), s };
}

/** The gradient of x from that of u: s·(g - mean(g) - u·mean(g⊙u)). */
function throughNormalized({ u, s }: ReturnType<typeof normalized>, g: Vector): Vector {
	const mean = meanOf(g);
	const slope = dot(g, u) / u.length;
	const rest = subtract(
		g,
		map(u, (value) => value * slope),
	);
	return map(rest, (value) => s * (value - mean));
}

/** A row scaled and shifted, and the way back: takes the gradient of y, adds to those of gain and shift, returns that of x. */
export interface Gained {
	readonly y: Vector;
	/** 1 / √(variance + 1e-5), if it is normalised, and it is more than one number. */
	readonly s?: number;
	back(dy: Vector, dgain?: Vector, dshift?: Vector): Vector;
}

/** y = u⊙gain + shift of one row; without a gain, y = x. */
export function gained(x: Vector, gain: Vector | undefined, shift?: Vector): Gained {
	if (gain === undefined) return { y: x, back: (dy) => dy };
	const norm = normalized(x);
	const scaled = mul(norm.u, gain);
	return {
		y: shift === undefined ? scaled : add(scaled, shift),
		...(x.length > 1 && { s: norm.s }),
		back: (dy, dgain, dshift) => {
			if (dgain !== undefined) addTo(dgain, mul(dy, norm.u));
			if (dshift !== undefined) addTo(dshift, dy);
			return throughNormalized(norm, mul(dy, gain));
		},
	};
}

/** Layer normalisation of each row (Ba et al. 2016; torch.nn.LayerNorm), x [T, size] → y [T, size].
 *   y[t] = u[t]⊙weight + bias */
export function layerNormForward({ weight, bias }: LayerNormParameters, x: Matrix): Matrix {
	return stack(rowsOf(x).map((xt) => gained(xt, weight, bias).y));
}

/** With g = dy[t]⊙weight:
 *   dx[t] = s·(g - mean(g) - u·mean(g⊙u))   dweight += Σ dy[t]⊙u[t]   dbias += Σ dy[t] */
export function layerNormBackward(
	{ weight, bias }: LayerNormParameters,
	x: Matrix,
	dy: Matrix,
	{ dweight, dbias }: Gradients<LayerNormParameters>,
): Matrix {
	return stack(rowsOf(dy).map((dyt, t) => gained(row(x, t), weight, bias).back(dyt, dweight, dbias)));
}
