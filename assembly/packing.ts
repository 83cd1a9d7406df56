// How a batch is packed. Its sequences are sorted by length, longest first, and stored step after step without padding: step t
// holds a packed row for each of the first alive(t) of them, from packed row offset(t) on. The packing says so, 4 bytes a field:
//
//   batchSize, steps, total (packed rows), loss scale (f32), stateful, 3 unused, then alive(t), offset(t) for each step

export function batchSize(packing: usize): i32 {
	return load<i32>(packing);
}

export function steps(packing: usize): i32 {
	return load<i32>(packing, 4);
}

export function total(packing: usize): i32 {
	return load<i32>(packing, 8);
}

/** 1 / sum of the weights of all targets: what makes a sum of losses their mean. */
export function lossScale(packing: usize): f32 {
	return load<f32>(packing, 12);
}

/** Whether initial states were given; else they are zero, and nothing is multiplied by them. */
export function stateful(packing: usize): i32 {
	return load<i32>(packing, 16);
}

/** How many sequences are alive at step t. */
export function aliveAt(packing: usize, t: i32): i32 {
	return load<i32>(packing + ((<usize>t) << 3), 32);
}

/** The packed row where step t begins. */
export function offset(packing: usize, t: i32): i32 {
	return load<i32>(packing + ((<usize>t) << 3), 36);
}
