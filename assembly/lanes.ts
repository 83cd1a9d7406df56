/** a·b + c on four lanes; one instruction with one rounding in the fast build. */
export function fma(a: v128, b: v128, c: v128): v128 {
	if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
	return f32x4.add(f32x4.mul(a, b), c);
}

/** The float at p in all four lanes. The checked build takes a detour, since it can check plain loads only. */
export function splat(p: usize): v128 {
	if (isDefined(CHECKED)) return f32x4.splat(load<f32>(p));
	return v128.load32_splat(p);
}

/** (1-z)·a + z·b. */
export function mixed(z: v128, a: v128, b: v128): v128 {
	return fma(z, f32x4.sub(b, a), a);
}

/** A distance in bytes. The type tells the build what a kernel's operand is (scripts/kernel-table.mjs): `bytes` is a number,
 * usize an address. */
export type bytes = usize;

/** Rounds a width up to whole vectors of four. */
export function padded(width: i32): i32 {
	return (width + 3) & ~3;
}

const MASKS = memory.data<i32>([-1, 0, 0, 0, -1, -1, 0, 0, -1, -1, -1, 0], 16);

/** The first n lanes (1 to 3) of x, the others of `rest`. */
export function onlyFirst(n: i32, x: v128, rest: v128): v128 {
	return v128.bitselect(x, rest, v128.load(MASKS + ((<usize>(n - 1)) << 4)));
}

/** x, with 0 in the lanes past the first `left`, where fewer than four are left. */
export function live(left: i32, x: v128): v128 {
	return left >= 4 ? x : onlyFirst(left, x, f32x4.splat(0));
}

const TINY = memory.data<f32>([1e-30, 1e-36, 1e-16]);

/** x, or 0 where |x| < 1e-30 (a NaN stays). WebAssembly can't flush denormals: without this, a gradient that vanishes on
 * its way back makes every operation that meets it many times slower. */
export function flushed(x: v128): v128 {
	return v128.andnot(x, f32x4.lt(f32x4.abs(x), splat(TINY)));
}

/** The same for a mean of squares, which is small sooner: 0 below 1e-36. */
export function flushedSquare(x: v128): v128 {
	return v128.andnot(x, f32x4.lt(x, splat(TINY + 4)));
}

/** x², or 0 where |x| < 1e-16: so that no share of it is denormal. */
export function squared(x: v128): v128 {
	const large = v128.andnot(x, f32x4.lt(f32x4.abs(x), splat(TINY + 8)));
	return f32x4.mul(large, large);
}

/** x² of four lanes in float64, two and two added. A square of a float32 is exact there, so that a fused multiply-add gives the
 * same bits. */
export function squares4(x: v128): v128 {
	const low = f64x2.promote_low_f32x4(x);
	const high = f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
	if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(low, low, f64x2.mul(high, high));
	return f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high));
}

/** x·scale, computed in float64 and rounded once. */
export function scaled4(x: v128, scale: v128): v128 {
	const low = f64x2.mul(f64x2.promote_low_f32x4(x), scale);
	const high = f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1)), scale);
	return v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** g·scale, then within ±limit. */
export function clipped(g: v128, scale: v128, limit: v128): v128 {
	const x = f32x4.mul(g, scale);
	return f32x4.pmax(f32x4.pmin(x, limit), f32x4.neg(limit));
}
