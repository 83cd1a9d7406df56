import { fma, splat } from "./lanes";

// strided A: pointers
function tileS(
	rows: i32,
	K: i32,
	a: usize,
	rs: usize,
	cs: usize,
	b: usize,
	c: usize,
	ldc: usize,
): void {
	let c00 = f32x4.splat(0),
		c01 = c00,
		c10 = c00,
		c11 = c00,
		c20 = c00,
		c21 = c00;
	let c30 = c00,
		c31 = c00,
		c40 = c00,
		c41 = c00,
		c50 = c00,
		c51 = c00;
	let a1 = a + rs,
		a2 = a1 + rs,
		a3 = a2 + rs,
		a4 = a3 + rs,
		a5 = a4 + rs;
	for (let k = K; k > 0; k--) {
		const b0 = v128.load(b),
			b1 = v128.load(b, 16);
		b += 32;
		let x = splat(a);
		a += cs;
		c00 = fma(x, b0, c00);
		c01 = fma(x, b1, c01);
		if (rows > 1) {
			x = splat(a1);
			a1 += cs;
			c10 = fma(x, b0, c10);
			c11 = fma(x, b1, c11);
		}
		if (rows > 2) {
			x = splat(a2);
			a2 += cs;
			c20 = fma(x, b0, c20);
			c21 = fma(x, b1, c21);
		}
		if (rows > 3) {
			x = splat(a3);
			a3 += cs;
			c30 = fma(x, b0, c30);
			c31 = fma(x, b1, c31);
		}
		if (rows > 4) {
			x = splat(a4);
			a4 += cs;
			c40 = fma(x, b0, c40);
			c41 = fma(x, b1, c41);
		}
		if (rows > 5) {
			x = splat(a5);
			a5 += cs;
			c50 = fma(x, b0, c50);
			c51 = fma(x, b1, c51);
		}
	}
	v128.store(c, c00);
	v128.store(c, c01, 16);
	if (rows > 1) {
		c += ldc;
		v128.store(c, c10);
		v128.store(c, c11, 16);
	}
	if (rows > 2) {
		c += ldc;
		v128.store(c, c20);
		v128.store(c, c21, 16);
	}
	if (rows > 3) {
		c += ldc;
		v128.store(c, c30);
		v128.store(c, c31, 16);
	}
	if (rows > 4) {
		c += ldc;
		v128.store(c, c40);
		v128.store(c, c41, 16);
	}
	if (rows > 5) {
		c += ldc;
		v128.store(c, c50);
		v128.store(c, c51, 16);
	}
}
// 4-unrolled, A contiguous in k
function tileU(
	rows: i32,
	K: i32,
	a: usize,
	rs: usize,
	b: usize,
	c: usize,
	ldc: usize,
): void {
	let c00 = f32x4.splat(0),
		c01 = c00,
		c10 = c00,
		c11 = c00,
		c20 = c00,
		c21 = c00;
	let c30 = c00,
		c31 = c00,
		c40 = c00,
		c41 = c00,
		c50 = c00,
		c51 = c00;
	let a1 = a + rs,
		a2 = a1 + rs,
		a3 = a2 + rs,
		a4 = a3 + rs,
		a5 = a4 + rs;
	for (let k = K; k > 0; k -= 2) {
		let b0 = v128.load(b),
			b1 = v128.load(b, 16);
		let x = v128.load32_splat(a);
		c00 = fma(x, b0, c00);
		c01 = fma(x, b1, c01);
		if (rows > 1) {
			x = v128.load32_splat(a1);
			c10 = fma(x, b0, c10);
			c11 = fma(x, b1, c11);
		}
		if (rows > 2) {
			x = v128.load32_splat(a2);
			c20 = fma(x, b0, c20);
			c21 = fma(x, b1, c21);
		}
		if (rows > 3) {
			x = v128.load32_splat(a3);
			c30 = fma(x, b0, c30);
			c31 = fma(x, b1, c31);
		}
		if (rows > 4) {
			x = v128.load32_splat(a4);
			c40 = fma(x, b0, c40);
			c41 = fma(x, b1, c41);
		}
		if (rows > 5) {
			x = v128.load32_splat(a5);
			c50 = fma(x, b0, c50);
			c51 = fma(x, b1, c51);
		}
		(b0 = v128.load(b, 32)), (b1 = v128.load(b, 48));
		b += 64;
		x = v128.load32_splat(a, 4);
		a += 8;
		c00 = fma(x, b0, c00);
		c01 = fma(x, b1, c01);
		if (rows > 1) {
			x = v128.load32_splat(a1, 4);
			a1 += 8;
			c10 = fma(x, b0, c10);
			c11 = fma(x, b1, c11);
		}
		if (rows > 2) {
			x = v128.load32_splat(a2, 4);
			a2 += 8;
			c20 = fma(x, b0, c20);
			c21 = fma(x, b1, c21);
		}
		if (rows > 3) {
			x = v128.load32_splat(a3, 4);
			a3 += 8;
			c30 = fma(x, b0, c30);
			c31 = fma(x, b1, c31);
		}
		if (rows > 4) {
			x = v128.load32_splat(a4, 4);
			a4 += 8;
			c40 = fma(x, b0, c40);
			c41 = fma(x, b1, c41);
		}
		if (rows > 5) {
			x = v128.load32_splat(a5, 4);
			a5 += 8;
			c50 = fma(x, b0, c50);
			c51 = fma(x, b1, c51);
		}
	}
	v128.store(c, c00);
	v128.store(c, c01, 16);
	if (rows > 1) {
		c += ldc;
		v128.store(c, c10);
		v128.store(c, c11, 16);
	}
	if (rows > 2) {
		c += ldc;
		v128.store(c, c20);
		v128.store(c, c21, 16);
	}
	if (rows > 3) {
		c += ldc;
		v128.store(c, c30);
		v128.store(c, c31, 16);
	}
	if (rows > 4) {
		c += ldc;
		v128.store(c, c40);
		v128.store(c, c41, 16);
	}
	if (rows > 5) {
		c += ldc;
		v128.store(c, c50);
		v128.store(c, c51, 16);
	}
}
// packed A, 24-byte records
function tileP(
	rows: i32,
	K: i32,
	a: usize,
	b: usize,
	c: usize,
	ldc: usize,
): void {
	let c00 = f32x4.splat(0),
		c01 = c00,
		c10 = c00,
		c11 = c00,
		c20 = c00,
		c21 = c00;
	let c30 = c00,
		c31 = c00,
		c40 = c00,
		c41 = c00,
		c50 = c00,
		c51 = c00;
	for (let k = K; k > 0; k--) {
		const b0 = v128.load(b),
			b1 = v128.load(b, 16);
		b += 32;
		let x = splat(a);
		c00 = fma(x, b0, c00);
		c01 = fma(x, b1, c01);
		if (rows > 1) {
			x = splat(a + 4);
			c10 = fma(x, b0, c10);
			c11 = fma(x, b1, c11);
		}
		if (rows > 2) {
			x = splat(a + 8);
			c20 = fma(x, b0, c20);
			c21 = fma(x, b1, c21);
		}
		if (rows > 3) {
			x = splat(a + 12);
			c30 = fma(x, b0, c30);
			c31 = fma(x, b1, c31);
		}
		if (rows > 4) {
			x = splat(a + 16);
			c40 = fma(x, b0, c40);
			c41 = fma(x, b1, c41);
		}
		if (rows > 5) {
			x = splat(a + 20);
			c50 = fma(x, b0, c50);
			c51 = fma(x, b1, c51);
		}
		a += <usize>rows * 4;
	}
	v128.store(c, c00);
	v128.store(c, c01, 16);
	if (rows > 1) {
		c += ldc;
		v128.store(c, c10);
		v128.store(c, c11, 16);
	}
	if (rows > 2) {
		c += ldc;
		v128.store(c, c20);
		v128.store(c, c21, 16);
	}
	if (rows > 3) {
		c += ldc;
		v128.store(c, c30);
		v128.store(c, c31, 16);
	}
	if (rows > 4) {
		c += ldc;
		v128.store(c, c40);
		v128.store(c, c41, 16);
	}
	if (rows > 5) {
		c += ldc;
		v128.store(c, c50);
		v128.store(c, c51, 16);
	}
}
export function s6(
	K: i32,
	a: usize,
	rs: usize,
	cs: usize,
	b: usize,
	c: usize,
	ldc: usize,
): void {
	tileS(6, K, a, rs, cs, b, c, ldc);
}
export function s5(
	K: i32,
	a: usize,
	rs: usize,
	cs: usize,
	b: usize,
	c: usize,
	ldc: usize,
): void {
	tileS(5, K, a, rs, cs, b, c, ldc);
}
export function s4(
	K: i32,
	a: usize,
	rs: usize,
	cs: usize,
	b: usize,
	c: usize,
	ldc: usize,
): void {
	tileS(4, K, a, rs, cs, b, c, ldc);
}
export function u6(
	K: i32,
	a: usize,
	rs: usize,
	b: usize,
	c: usize,
	ldc: usize,
): void {
	tileU(6, K, a, rs, b, c, ldc);
}
export function u5(
	K: i32,
	a: usize,
	rs: usize,
	b: usize,
	c: usize,
	ldc: usize,
): void {
	tileU(5, K, a, rs, b, c, ldc);
}
export function u4(
	K: i32,
	a: usize,
	rs: usize,
	b: usize,
	c: usize,
	ldc: usize,
): void {
	tileU(4, K, a, rs, b, c, ldc);
}
export function p6(K: i32, a: usize, b: usize, c: usize, ldc: usize): void {
	tileP(6, K, a, b, c, ldc);
}
export function p5(K: i32, a: usize, b: usize, c: usize, ldc: usize): void {
	tileP(5, K, a, b, c, ldc);
}
export function p4(K: i32, a: usize, b: usize, c: usize, ldc: usize): void {
	tileP(4, K, a, b, c, ldc);
}
// registers only: hardware ceiling
export function ceilingFused(n: i32): f32 {
	const a = f32x4.splat(1.0000001),
		b = f32x4.splat(1e-9);
	let c0 = f32x4.splat(0),
		c1 = c0,
		c2 = c0,
		c3 = c0,
		c4 = c0,
		c5 = c0,
		c6 = c0,
		c7 = c0,
		c8 = c0,
		c9 = c0,
		ca = c0,
		cb = c0;
	for (let k = n; k > 0; k--) {
		c0 = fma(c0, a, b);
		c1 = fma(c1, a, b);
		c2 = fma(c2, a, b);
		c3 = fma(c3, a, b);
		c4 = fma(c4, a, b);
		c5 = fma(c5, a, b);
		c6 = fma(c6, a, b);
		c7 = fma(c7, a, b);
		c8 = fma(c8, a, b);
		c9 = fma(c9, a, b);
		ca = fma(ca, a, b);
		cb = fma(cb, a, b);
	}
	c0 = f32x4.add(
		f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)),
		f32x4.add(f32x4.add(c4, c5), f32x4.add(c6, c7)),
	);
	c0 = f32x4.add(c0, f32x4.add(f32x4.add(c8, c9), f32x4.add(ca, cb)));
	return f32x4.extract_lane(c0, 0);
}
