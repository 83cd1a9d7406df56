import type { Tenant } from "./runtime.ts";

/** Floats that live in the engine's memory from call to call, and in arrays of their own while another has their place. */
export class Resident implements Tenant {
	readonly #places: () => readonly Float32Array[];
	#kept: readonly Float32Array[] | undefined;
	#isInside = false;

	/** @param places Views on where they live, as the memory is now. */
	constructor(places: () => readonly Float32Array[]) {
		this.#places = places;
	}

	get isInside(): boolean {
		return this.#isInside;
	}

	/** Puts them in their place: what was kept, at first zeros. */
	enter(): void {
		this.#isInside = true;
		for (const [index, place] of this.#places().entries()) {
			const kept = this.#kept?.[index];
			if (kept === undefined) place.fill(0);
			else place.set(kept);
		}
		this.#kept = undefined;
	}

	/** Keeps them, since another takes their place. */
	leave(): void {
		if (!this.#isInside) return;
		this.#isInside = false;
		this.#kept = this.#places().map((place) => place.slice());
	}

	/** Begins anew with zeros. */
	forget(): void {
		this.#isInside = false;
		this.#kept = undefined;
	}
}
