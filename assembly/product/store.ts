/** Adds init (if any) and writes the first `columns` (0 to 7) of eight values. */
export function storeEdge(c: usize, init: usize, left: v128, right: v128, columns: i32): void {
	if (columns >= 4) {
		v128.store(c, init ? f32x4.add(left, v128.load(init)) : left);
		c += 16;
		if (init) init += 16;
		left = right;
		columns -= 4;
	}
	for (; columns > 0; columns--, c += 4) {
		let value = f32x4.extract_lane(left, 0);
		if (init) {
			value += load<f32>(init);
			init += 4;
		}
		store<f32>(c, value);
		left = v128.shuffle<i32>(left, left, 1, 2, 3, 0);
	}
}
