import { flushed, fma } from "./lanes";

// Four copies of each constant, so that a plain load gives a vector: V8 would build a
// constant vector anew at each use. The Row loops read theirs once and keep them in
// registers; a loop with both sigmoid and tanh has more constants than registers.
// biome-ignore format: a constant a line
const TABLE: usize = memory.data<f32>([
	12583039, 12583039, 12583039, 12583039, // 0: 1.5 · 2²³ + 127: rounds to integers
	0.693145752, 0.693145752, 0.693145752, 0.693145752, // 1: ln 2, its upper bits
	0.00000142860677, 0.00000142860677, 0.00000142860677, 0.00000142860677, // 2: ln 2, the rest
	-0.00273085455, -0.00273085455, -0.00273085455, -0.00273085455, // 3: t coth(t / 2) by powers of t²
	0.16665885, 0.16665885, 0.16665885, 0.16665885, // 4
	2, 2, 2, 2, // 5
	-87.3365402, -87.3365402, -87.3365402, -87.3365402, // 6: LEAST_LOG
	87, 87, 87, 87, // 7: sigmoid: clamp, rate
	-1.44269502, -1.44269502, -1.44269502, -1.44269502, // 8
	88.8, 88.8, 88.8, 88.8, // 9: exp: clamp, rate, -ln 2 in two
	1.43700331, 1.43700331, 1.43700331, 1.43700331, // 10
	-0.693145752, -0.693145752, -0.693145752, -0.693145752, // 11
	-0.00000142860677, -0.00000142860677, -0.00000142860677, -0.00000142860677, // 12
	7.92228317, 7.92228317, 7.92228317, 7.92228317, // 13: tanh: clamp, numerator, denominator
	0.0179488733, 0.0179488733, 0.0179488733, 0.0179488733, // 14
	25.6038647, 25.6038647, 25.6038647, 25.6038647, // 15
	4159.07275, 4159.07275, 4159.07275, 4159.07275, // 16
	156276.609, 156276.609, 156276.609, 156276.609, // 17
	1161790.12, 1161790.12, 1161790.12, 1161790.12, // 18
	397.927979, 397.927979, 397.927979, 397.927979, // 19
	30433.7773, 30433.7773, 30433.7773, 30433.7773, // 20
	543540.062, 543540.062, 543540.062, 543540.062, // 21
	1161790.12, 1161790.12, 1161790.12, 1161790.12, // 22
	1, 1, 1, 1, // 23: for tanhSlope4
	-7.92228317, -7.92228317, -7.92228317, -7.92228317, // 24: -tanh clamp
	0.281783253, 0.281783253, 0.281783253, 0.281783253, // 25: log(1 + u) / s by powers of s², the last of them 2
	0.279606044, 0.279606044, 0.279606044, 0.279606044, // 26
	0.400249094, 0.400249094, 0.400249094, 0.400249094, // 27
	0.66666317, 0.66666317, 0.66666317, 0.66666317, // 28
], 16);

function constant(index: usize): v128 {
	return v128.load(TABLE + index * 16);
}

/** eˣ, by Cody and Waite's reduction and a quotient of two polynomials:
 *   n = round(0.99605 x / ln 2)     t = x - n ln 2     a = t coth(t / 2)
 *   eˣ = 2ⁿ (a + t) / (a - t)
 * 0.99605 keeps 2ⁿ a normal float up to the largest x: n runs from -126 to 127.
 * exact   1 at 0; 0 below -87.33654, where eˣ is less than any normal float;
 *         Infinity from 88.72284, where it is more; NaN of NaN
 * error   at most 2.75 ULP (EXP_ULP), measured at every normal float in between,
 *         both builds
 */
export function exp4(x: v128): v128 {
	const magic = constant(0);
	const z = f32x4.pmin(x, constant(9));
	let n = fma(z, constant(10), magic);
	const scale = i32x4.shl(n, 23);
	n = f32x4.sub(n, magic);
	const t = fma(n, constant(12), fma(n, constant(11), z));
	const t2 = f32x4.mul(t, t);
	const a = fma(t2, fma(t2, constant(3), constant(4)), constant(5));
	const ratio = f32x4.div(f32x4.add(a, t), f32x4.sub(a, t));
	return v128.andnot(f32x4.mul(scale, ratio), f32x4.lt(x, constant(6)));
}

/** 1 / (1 + e⁻ˣ), with the numerator and the denominator of exp4's e⁻ˣ kept apart, which saves a division:
 *   n = round(-x / ln 2)     t = x + n ln 2     a = t coth(t / 2)
 *   e⁻ˣ = 2ⁿ (a - t) / (a + t)     sigmoid = (a + t) / (a + t + 2ⁿ (a - t))
 * A loop passes the constants (see sigmoidRow); left out, they are loaded.
 * exact   ½ at 0; 1 from 18 on; 0 below -87.33654, where the true value is less
 *         than any normal float; NaN of NaN
 * error   at most 3 ULP (SIGMOID_ULP) of results however small, measured at every
 *         normal float from -87.33654 to 20, both builds
 */
export function sigmoid4(
	x: v128,
	magic: v128 = constant(0),
	high: v128 = constant(1),
	low: v128 = constant(2),
	a4: v128 = constant(3),
	a2: v128 = constant(4),
	a0: v128 = constant(5),
	least: v128 = constant(6),
	most: v128 = constant(7),
	rate: v128 = constant(8),
): v128 {
	const z = f32x4.pmin(x, most);
	let n = fma(z, rate, magic);
	const scale = i32x4.shl(n, 23);
	n = f32x4.sub(n, magic);
	const t = fma(n, low, fma(n, high, z));
	const t2 = f32x4.mul(t, t);
	const a = fma(t2, fma(t2, a4, a2), a0);
	const top = f32x4.add(a, t);
	const bottom = fma(scale, f32x4.sub(a, t), top);
	return v128.andnot(f32x4.div(top, bottom), f32x4.lt(x, least));
}

/** log σ(x) = min(x, 0) - log(1 + u), u = e^-|x|, without loss of digits at either end. The logarithm is an odd function of
 * s = u / (2 + u): 2 artanh(s) = s P(s²).
 * exact   NaN of NaN; 0 from 87.4 on
 * error   at most 4.75 ULP (LOG_SIGMOID_ULP), measured at every float from 2^-12 to 87.3 (-30), every 257th below, both builds */
export function logSigmoid4(x: v128): v128 {
	const u = exp4(f32x4.neg(f32x4.abs(x)));
	const two = constant(5);
	const s = f32x4.div(u, f32x4.add(u, two));
	const s2 = f32x4.mul(s, s);
	let p = fma(s2, constant(25), constant(26));
	p = fma(s2, p, constant(27));
	p = fma(s2, p, constant(28));
	p = fma(s2, p, two);
	return f32x4.sub(f32x4.pmin(x, f32x4.splat(0)), f32x4.mul(s, p));
}

/** tanh x as x P(x²) / Q(x²), minimax in relative error up to the clamp at 7.9, the
 * first float where the quotient rounds to 1 in both builds.
 * A loop passes the constants (see tanhRow); left out, they are loaded.
 * exact   odd to the bit, so -0 of -0; ±1 from the clamp on, never beyond; NaN of NaN
 * error   at most 5.75 ULP (TANH_ULP), measured at every normal float up to 10, both
 *         builds; not monotone in the last bits
 */
export function tanh4(
	x: v128,
	most: v128 = constant(13),
	p8: v128 = constant(14),
	p6: v128 = constant(15),
	p4: v128 = constant(16),
	p2: v128 = constant(17),
	p0: v128 = constant(18),
	q6: v128 = constant(19),
	q4: v128 = constant(20),
	q2: v128 = constant(21),
	q0: v128 = constant(22),
	least: v128 = constant(24),
): v128 {
	const z = f32x4.pmax(f32x4.pmin(x, most), least);
	const z2 = f32x4.mul(z, z);
	let p = fma(z2, p8, p6);
	p = fma(z2, p, p4);
	p = fma(z2, p, p2);
	p = f32x4.mul(fma(z2, p, p0), z);
	let q = f32x4.add(z2, q6);
	q = fma(z2, q, q4);
	q = fma(z2, q, q2);
	return f32x4.div(p, fma(z2, q, q0));
}

/** y[0..n) = sigmoid(x[0..n)); n a multiple of 4, y may be x. */
export function sigmoidRow(x: usize, y: usize, n: i32): void {
	const magic = constant(0),
		high = constant(1),
		low = constant(2),
		a4 = constant(3),
		a2 = constant(4),
		a0 = constant(5),
		least = constant(6),
		most = constant(7),
		rate = constant(8);
	for (; n > 0; n -= 4) {
		v128.store(y, sigmoid4(v128.load(x), magic, high, low, a4, a2, a0, least, most, rate));
		x += 16;
		y += 16;
	}
}

/** y[0..n) = tanh(x[0..n)); n a multiple of 4, y may be x. */
export function tanhRow(x: usize, y: usize, n: i32): void {
	const most = constant(13),
		p8 = constant(14),
		p6 = constant(15),
		p4 = constant(16),
		p2 = constant(17),
		p0 = constant(18),
		q6 = constant(19),
		q4 = constant(20),
		q2 = constant(21),
		q0 = constant(22),
		least = constant(24);
	for (; n > 0; n -= 4) {
		v128.store(y, tanh4(v128.load(x), most, p8, p6, p4, p2, p0, q6, q4, q2, q0, least));
		x += 16;
		y += 16;
	}
}

/** y[0..n) = log σ(x[0..n)); n a multiple of 4, y may be x. */
export function logSigmoidRow(x: usize, y: usize, n: i32): void {
	for (; n > 0; n -= 4, x += 16, y += 16) v128.store(y, logSigmoid4(v128.load(x)));
}

/** y[0..n) = max(x[0..n), 0), NaN of NaN; n a multiple of 4, y may be x. */
export function reluRow(x: usize, y: usize, n: i32): void {
	const zero = f32x4.splat(0);
	for (; n > 0; n -= 4, x += 16, y += 16) v128.store(y, f32x4.pmax(v128.load(x), zero));
}

/** d sigmoid / dx from y = sigmoid(x): y - y², which needs no constant, is never
 * negative, and errs by no more than the rounding of y already did. */
export function sigmoidSlope4(y: v128): v128 {
	if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(y, y, y);
	return f32x4.sub(y, f32x4.mul(y, y));
}

/** d tanh / dx from y = tanh(x): 1 - y², one operation less than (1 - y)(1 + y), whose
 * extra digits near y = 1 the rounding of y has lost already. */
export function tanhSlope4(y: v128, one: v128 = constant(23)): v128 {
	if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(y, y, one);
	return f32x4.sub(one, f32x4.mul(y, y));
}

/** h = tanh(z), or relu(z), for n floats. */
export function activate(relu: i32, z: usize, h: usize, n: i32): void {
	if (relu) reluRow(z, h, n);
	else tanhRow(z, h, n);
}

/** dz = (dy + dh)⊙(1 - h²), or, with relu, dz = dy + dh where h > 0, else 0; for n floats. */
export function throughActivation(relu: i32, h: usize, dy: usize, dh: usize, dz: usize, n: i32): void {
	if (relu) throughRelu(h, dy, dh, dz, n);
	else throughTanh(h, dy, dh, dz, n);
}

function throughTanh(h: usize, dy: usize, dh: usize, dz: usize, n: i32): void {
	const length = (<usize>n) << 2;
	for (let j: usize = 0; j < length; j += 16) {
		const d = flushed(f32x4.add(v128.load(dy + j), v128.load(dh + j)));
		v128.store(dz + j, f32x4.mul(d, tanhSlope4(v128.load(h + j))));
	}
}

function throughRelu(h: usize, dy: usize, dh: usize, dz: usize, n: i32): void {
	const length = (<usize>n) << 2;
	const zero = f32x4.splat(0);
	for (let j: usize = 0; j < length; j += 16) {
		const d = flushed(f32x4.add(v128.load(dy + j), v128.load(dh + j)));
		v128.store(dz + j, v128.and(d, f32x4.gt(v128.load(h + j), zero)));
	}
}

/** y[0..n) = 0.2x + 0.5 within 0 and 1: Keras' hard sigmoid, up to its version 2, and TensorFlow.js'. n a multiple of 4, y may be x;
 * NaN of NaN. */
export function hardSigmoidRow(x: usize, y: usize, n: i32): void {
	for (; n > 0; n -= 4, x += 16, y += 16) {
		const line = fma(v128.load(x), f32x4.splat(0.2), f32x4.splat(0.5));
		v128.store(y, f32x4.pmax(f32x4.pmin(line, f32x4.splat(1)), f32x4.splat(0)));
	}
}

/** Its slope from y: 0.2 where y lies between 0 and 1, else 0. */
export function hardSigmoidSlope4(y: v128): v128 {
	const inside = v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.lt(y, f32x4.splat(1)));
	return v128.and(inside, f32x4.splat(0.2));
}

/** The slope of σ, or of the hard sigmoid, from its value. */
export function gateSlope4(hard: bool, y: v128): v128 {
	return hard ? hardSigmoidSlope4(y) : sigmoidSlope4(y);
}

/** y[0..n) = σ(x[0..n)), or hard: 0.2x + 0.5 within 0 and 1; n a multiple of 4, y may be x. */
export function gateRow(hard: bool, x: usize, y: usize, n: i32): void {
	if (hard) hardSigmoidRow(x, y, n);
	else sigmoidRow(x, y, n);
}
