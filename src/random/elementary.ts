// Elementary functions that give the same bits on every JavaScript engine. The language leaves the last bits of `Math.log`,
// `Math.exp` and their kind to each engine; it fixes only `+ - * /` and `Math.sqrt`, so these are made of nothing else. Whatever
// decides a random number or a sampled id goes through here.

/** ln 2 in two parts: `high` has 21 zero bits at its end, so that k · high is exact for |k| < 2^20. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** Natural logarithm of a positive, finite, normal number; relative error below 1e-15 (away from 0 at x = 1 too).
 *   x = m · 2^k,  m in [√½, √2)       log x = k ln 2 + 2 atanh((m - 1) / (m + 1))
 * The time it takes grows with |k|: meant for numbers of ordinary size. */
export function log(x: number): number {
	let m = x;
	let k = 0;
	for (; m < Math.SQRT1_2; m *= 2) k--;
	for (; m >= Math.SQRT2; m /= 2) k++;
	const z = (m - 1) / (m + 1);
	const square = z * z;
	let series = 0;
	for (let n = 23; n >= 3; n -= 2) series = square * (1 / n + series);
	return k * LN2_HIGH + (2 * z + (2 * z * series + k * LN2_LOW));
}

/** e^x for x at most 709 (-Infinity included); relative error below 1e-15, 0 below -745.
 *   x = k ln 2 + r,  |r| ≤ ½ ln 2      e^x = 2^k · (1 + r + r²/2! + … + r¹³/13!) */
export function exp(x: number): number {
	if (x < -745) return 0;
	const k = Math.round(x / Math.LN2);
	const r = x - k * LN2_HIGH - k * LN2_LOW;
	let series = 1;
	for (let n = 13; n >= 1; n--) series = 1 + (r * series) / n;
	return series * powerOfTwo(k);
}

/** cos πx for x from 0 to 1; error below 1e-15.
 *   cos πx = -cos π(1 - x)      cos r = 1 - r²/2! + r⁴/4! - … + r²⁰/20! for r ≤ π/2 */
export function cosPi(x: number): number {
	if (x > 0.5) return -cosPi(1 - x);
	const r = Math.PI * x;
	const square = r * r;
	let series = 1;
	for (let n = 20; n >= 2; n -= 2) series = 1 - (square * series) / (n * (n - 1));
	return series;
}

/** 2^k, exact, for -1074 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
	let power = 1;
	let square = k < 0 ? 0.5 : 2;
	for (let rest = Math.abs(k); rest > 0; rest >>= 1) {
		if (rest & 1) power *= square;
		square *= square;
	}
	return power;
}
