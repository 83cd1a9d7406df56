/** a·b + c on four lanes; one instruction with one rounding in the fast build. */
export function fma(a: v128, b: v128, c: v128): v128 {
	if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
	return f32x4.add(f32x4.mul(a, b), c);
}

/** The float at p in all four lanes. The checked build sees only plain loads, hence its detour. */
export function splat(p: usize): v128 {
	if (isDefined(CHECKED)) return f32x4.splat(load<f32>(p));
	return v128.load32_splat(p);
}

/** Rounds a width up to whole vectors of four. */
export function padded(width: i32): i32 {
	return (width + 3) & ~3;
}
