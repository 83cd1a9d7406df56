import type { Tenant } from "./runtime.ts";

/** Floats that stay in the engine's memory from call to call. While another tenant has their place, a copy is kept outside. */
export class Resident implements Tenant {
	readonly #places: () => readonly Float32Array[];
	#kept: readonly Float32Array[] | undefined;
	#isInside = false;

	/** @param places Gives views on their place, as the memory is now. */
	constructor(places: () => readonly Float32Array[]) {
		this.#places = places;
	}

	get isInside(): boolean {
		return this.#isInside;
	}

	/** Puts them in their place: the copy that was kept, or zeros where there is none. */
	enter(): void {
		this.#isInside = true;
		for (const [index, place] of this.#places().entries()) {
			const kept = this.#kept?.[index];
			if (kept === undefined) place.fill(0);
			else place.set(kept);
		}
		this.#kept = undefined;
	}

	/** Copies them out, since another takes their place. */
	leave(): void {
		if (!this.#isInside) return;
		this.#isInside = false;
		this.#kept = this.#places().map((place) => place.slice());
	}

	/** A copy of them, wherever they are; undefined where they have never been used. */
	read(): readonly Float32Array[] | undefined {
		return this.#isInside ? this.#places().map((place) => place.slice()) : this.#kept;
	}

	/** Sets what they are from the next time on that they enter. */
	keep(values: readonly Float32Array[]): void {
		this.#isInside = false;
		this.#kept = values;
	}

	/** Begins anew with zeros. */
	forget(): void {
		this.#isInside = false;
		this.#kept = undefined;
	}
}
