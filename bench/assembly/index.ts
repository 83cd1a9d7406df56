// The hardware's rate: multiply-adds alone, in enough independent chains to hide their latency.

import { fma } from "../../assembly/lanes";

/** Operations of a round of `multiplyAdds`. */
export const ROUND: i32 = ASC_FEATURE_RELAXED_SIMD ? 96 : 80;

/** Twelve sums of four lanes stay in registers, c = x·b + c, with a load of x for every two of them; ten where they are
 * not fused, since a register must hold the product.
 *
 * The form matters. Without loads an unfused x·b would leave the loop, being always the same; c = c·x + b would make V8
 * move a register for each fused one (the instruction overwrites its addend), and unfused needs more chains than there
 * are registers. Reads six x and two b, reads and writes twelve c, all at `p`. */
export function multiplyAdds(p: usize, rounds: i32): void {
	const b0 = v128.load(p, 96);
	const b1 = v128.load(p, 112);
	let c0 = v128.load(p, 128);
	let c1 = v128.load(p, 144);
	let c2 = v128.load(p, 160);
	let c3 = v128.load(p, 176);
	let c4 = v128.load(p, 192);
	let c5 = v128.load(p, 208);
	let c6 = v128.load(p, 224);
	let c7 = v128.load(p, 240);
	let c8 = v128.load(p, 256);
	let c9 = v128.load(p, 272);
	let c10 = v128.load(p, 288);
	let c11 = v128.load(p, 304);
	for (; rounds > 0; rounds--) {
		const q = p + ((<usize>rounds & 7) << 4);
		let x = v128.load(q);
		c0 = fma(x, b0, c0);
		c1 = fma(x, b1, c1);
		x = v128.load(q, 16);
		c2 = fma(x, b0, c2);
		c3 = fma(x, b1, c3);
		x = v128.load(q, 32);
		c4 = fma(x, b0, c4);
		c5 = fma(x, b1, c5);
		x = v128.load(q, 48);
		c6 = fma(x, b0, c6);
		c7 = fma(x, b1, c7);
		x = v128.load(q, 64);
		c8 = fma(x, b0, c8);
		c9 = fma(x, b1, c9);
		if (ASC_FEATURE_RELAXED_SIMD) {
			x = v128.load(q, 80);
			c10 = fma(x, b0, c10);
			c11 = fma(x, b1, c11);
		}
	}
	v128.store(p, c0, 128);
	v128.store(p, c1, 144);
	v128.store(p, c2, 160);
	v128.store(p, c3, 176);
	v128.store(p, c4, 192);
	v128.store(p, c5, 208);
	v128.store(p, c6, 224);
	v128.store(p, c7, 240);
	v128.store(p, c8, 256);
	v128.store(p, c9, 272);
	v128.store(p, c10, 288);
	v128.store(p, c11, 304);
}

/** First address that is free. */
export const heapBase: usize = __heap_base;
