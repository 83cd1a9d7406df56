/** Threefry-2x32 with 20 rounds, as src/random/random.ts has it, of four counters at a time: (counter0 + lane, counter1) for lanes
 * 0 to 3. A pure function of key and counter, so that numbers can be drawn again in any order. Writes the four first words, then
 * the four second ones.
 *
 * See Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3". */
export function threefry4(key0: i32, key1: i32, counter0: i32, counter1: i32, words: usize): void {
	let ka = key0;
	let kb = key1;
	let kc = 0x1bd11bda ^ key0 ^ key1;
	let x = i32x4.add(i32x4.splat(counter0 + key0), i32x4(0, 1, 2, 3));
	let y = i32x4.splat(counter1 + key1);
	for (let group = 1; group <= 5; group++) {
		const isOdd = group & 1;
		x = i32x4.add(x, y);
		y = v128.xor(rotated(y, isOdd ? 13 : 17), x);
		x = i32x4.add(x, y);
		y = v128.xor(rotated(y, isOdd ? 15 : 29), x);
		x = i32x4.add(x, y);
		y = v128.xor(rotated(y, isOdd ? 26 : 16), x);
		x = i32x4.add(x, y);
		y = v128.xor(rotated(y, isOdd ? 6 : 24), x);
		const first = ka;
		ka = kb;
		kb = kc;
		kc = first;
		x = i32x4.add(x, i32x4.splat(ka));
		y = i32x4.add(y, i32x4.splat(kb + group));
	}
	v128.store(words, x);
	v128.store(words, y, 16);
}

function rotated(x: v128, bits: i32): v128 {
	return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}
