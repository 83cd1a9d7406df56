import type { Buffer } from "./program.ts";

/** Buffers that stand in for parameters in products, or for their gradients: what is left of weights of which some are dropped. Those
 * for parameters are written, and put into panels, in the phase `draw`. */
export class StandIns {
	readonly #buffers = new Map<string, Buffer>();

	/** Lets a buffer stand in for another. */
	set(buffer: Buffer, own: Buffer): void {
		this.#buffers.set(keyOf(own), buffer);
	}

	/** What stands in for a buffer; else that itself. */
	of(own: Buffer): Buffer {
		return this.#buffers.get(keyOf(own)) ?? own;
	}
}

function keyOf({ space, name }: Buffer): string {
	return `${space} ${name}`;
}
