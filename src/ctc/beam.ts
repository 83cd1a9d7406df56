import type { Lexicon, Places } from "./lexicon.ts";
import { logAdd, type RowProbabilities } from "./logProbabilities.ts";

/** What a search goes by besides the outputs. */
export interface Search {
	readonly beamSize: number;
	readonly blank: number;
	/** Symbols below this log-probability at a step extend nothing there. */
	readonly least: number;
	/** What an extension of labels adds to their score. */
	readonly bonus?: ((ids: readonly number[], id: number) => number) | undefined;
	readonly lexicon?: Lexicon | undefined;
}

/** Labels that paths so far say. */
class Prefix {
	readonly parent: Prefix | undefined;
	readonly id: number;
	readonly places: Places | undefined;
	/** What its labels add to its score. */
	readonly bonus: number;
	readonly children = new Map<number, Prefix | undefined>();
	/** The logarithms of the probability of its paths that end in the blank, and in its last label: now, and after the step. */
	blank = -Infinity;
	label = -Infinity;
	nextBlank = -Infinity;
	nextLabel = -Infinity;

	constructor(parent: Prefix | undefined, id: number, places: Places | undefined, bonus: number) {
		this.parent = parent;
		this.id = id;
		this.places = places;
		this.bonus = bonus;
	}

	get ids(): number[] {
		const ids: number[] = [];
		for (let at: Prefix = this; at.parent !== undefined; at = at.parent) ids.push(at.id);
		return ids.reverse();
	}

	get probability(): number {
		return logAdd(this.blank, this.label);
	}

	get score(): number {
		return this.probability + this.bonus;
	}
}

/** Labels that were found, and their score. */
export interface Found {
	readonly ids: readonly number[];
	readonly score: number;
}

/** Prefix beam search: the likeliest labellings of a row, best first. Equal prefixes are one node of a tree, so that all paths to them
 * are added up before the beam is cut to its size.
 *
 *   blank'(p) ⊕= (blank(p) ⊕ label(p)) + lp(blank)             label'(p) ⊕= label(p) + lp(last of p)
 *   label'(p + k) ⊕= (blank(p) ⊕ label(p)) + lp(k), but blank(p) + lp(k) where k is the last of p
 *
 * @see Hannun et al. 2014; Graves 2012, chapter 7 */
export function searchBeam({ steps, symbols, values }: RowProbabilities, search: Search): Found[] {
	const { beamSize, blank, least, lexicon } = search;
	const root = new Prefix(undefined, -1, lexicon?.begin, 0);
	root.blank = 0;
	let beam = [root];
	for (let t = 0; t < steps; t++) {
		const lp = values.subarray(t * symbols, (t + 1) * symbols);
		const reached = new Set<Prefix>();
		for (const prefix of beam) {
			const whole = prefix.probability;
			reached.add(prefix);
			prefix.nextBlank = logAdd(prefix.nextBlank, whole + (lp[blank] as number));
			if (prefix !== root) prefix.nextLabel = logAdd(prefix.nextLabel, prefix.label + (lp[prefix.id] as number));
			for (let id = 0; id < symbols; id++) {
				if (id === blank || (lp[id] as number) < least) continue;
				const from = id === prefix.id ? prefix.blank : whole;
				if (from === -Infinity) continue;
				const child = childOf(prefix, id, search);
				if (child === undefined) continue;
				reached.add(child);
				child.nextLabel = logAdd(child.nextLabel, from + (lp[id] as number));
			}
		}
		for (const prefix of reached) {
			[prefix.blank, prefix.label] = [prefix.nextBlank, prefix.nextLabel];
			prefix.nextBlank = prefix.nextLabel = -Infinity;
		}
		// What falls out of the beam has no paths any more, should it be reached again.
		const sorted = [...reached].sort((a, b) => b.score - a.score);
		beam = sorted.slice(0, beamSize);
		for (const prefix of sorted.slice(beamSize)) prefix.blank = prefix.label = -Infinity;
	}
	const ended = lexicon ? beam.filter((prefix) => lexicon.mayEnd(prefix.places ?? [], prefix === root)) : beam;
	return ended.map((prefix) => ({ ids: prefix.ids, score: prefix.score }));
}

/** The prefix with another label, unless it is forbidden. */
function childOf(prefix: Prefix, id: number, { lexicon, bonus }: Search): Prefix | undefined {
	if (prefix.children.has(id)) return prefix.children.get(id);
	const places = lexicon?.after(prefix.places ?? [], id);
	const isAllowed = places === undefined || places.length > 0;
	const own = isAllowed && bonus ? bonus(prefix.ids, id) : 0;
	const child = isAllowed && own > -Infinity ? new Prefix(prefix, id, places, prefix.bonus + own) : undefined;
	prefix.children.set(id, child);
	return child;
}
