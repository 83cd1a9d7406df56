// Which states to keep, and when to compute the others again, so that a walk back over many parts makes the fewest computations:
// Griewank & Walther 2000 (revolve), as Gruslys et al. 2016 use it for recurrent networks.

/** What happens next on the way back; parts are counted from 0. */
export type Move =
	/** Compute a part, for the state after it. */
	| { readonly kind: "advance"; readonly part: number }
	/** Keep the state before a part in a slot. */
	| { readonly kind: "keep"; readonly part: number; readonly slot: number }
	/** Take the state before a part from its slot. */
	| { readonly kind: "restore"; readonly part: number; readonly slot: number }
	/** Compute a part, and walk back through it. */
	| { readonly kind: "back"; readonly part: number };

/** How often a part is computed in a walk back over `parts` parts with room for `slots` states, that before the first part
 * included: C(t, m) = min over y of y + C(t - y, m - 1) + C(y, m), C(t, 1) = t(t + 1)/2. In closed form r·t - β(m + 1, r - 1) + t,
 * where r is the least number with β(m, r) ≥ t and β(m, r) = (m + r)! / (m! r!). */
export function computations(parts: number, slots: number): number {
	if (parts <= 1) return parts;
	if (slots < 1) return Number.POSITIVE_INFINITY;
	let r = 0;
	let reach = 1;
	let before = 0;
	while (reach < parts) {
		before += reach;
		r++;
		reach = (reach * (slots + r)) / r;
	}
	return r * parts - before + parts;
}

/** The moves of such a walk back. */
export function walkBack(parts: number, slots: number): Move[] {
	const moves: Move[] = [{ kind: "keep", part: 0, slot: 0 }];
	/** Walks back over `count` parts from `from` on; `slot` has the state before them, `free` further ones may be used. Where
	 * `isThere`, that state is also the one reached. */
	const back = (from: number, count: number, slot: number, free: number, isThere: boolean) => {
		for (let left = count; left > 0; ) {
			if (!isThere || left < count) moves.push({ kind: "restore", part: from, slot });
			if (left === 1) {
				moves.push({ kind: "back", part: from });
				return;
			}
			const split = bestSplit(left, free + 1);
			for (let part = from; part < from + split; part++) moves.push({ kind: "advance", part });
			const rest = left - split;
			if (rest === 1) moves.push({ kind: "back", part: from + split });
			else {
				moves.push({ kind: "keep", part: from + split, slot: slot + 1 });
				back(from + split, rest, slot + 1, free - 1, true);
			}
			left = split;
		}
	};
	back(0, parts, 0, slots - 1, true);
	return moves;
}

/** After how many of `parts` parts to keep a state: the first number that makes the fewest computations. */
function bestSplit(parts: number, slots: number): number {
	const least = computations(parts, slots);
	let y = 1;
	while (y < parts - 1 && y + computations(parts - y, slots - 1) + computations(y, slots) > least) y++;
	return y;
}
