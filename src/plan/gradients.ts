import { valuesCost } from "./cost.ts";
import { type Address, type Axis, at, type Buffer, padded, type Value, type WriteCall } from "./program.ts";
import { addRows, copyRows, zeroRows } from "./rows.ts";

/** The gradient of a value at each sequence's last step (in reverse its first): one row for each sequence. */
interface EndGradient {
	readonly address: Address;
	readonly stride: number;
}

/** What of a builder gradients are written with. */
interface Writer {
	wantsGradient(value: Value): boolean;
	rows(name: string, axis: Axis, stride: number): Buffer;
	readonly call: WriteCall;
}

/** The gradient that has come back to a value: one for every row, one for its sequences' ends, both (then they add up), or none,
 * where the loss does not depend on it. */
interface Arrived {
	readonly every?: Address;
	readonly end?: EndGradient;
}

/** The gradients of a program's values. Each reader of a value gives its share, and shares add up; the layer that made the
 * value takes the sum. */
export class Gradients {
	readonly #builder: Writer;
	readonly #every = new Map<Value, Address>();
	readonly #ends = new Map<Value, EndGradient>();

	constructor(builder: Writer) {
		this.#builder = builder;
	}

	/** Where a reader of x puts its share of the gradient of every row. With `adds` it must add to what is there, else write. */
	into(x: Value): { readonly address: Address; readonly adds: boolean } {
		const before = this.#every.get(x);
		if (before !== undefined) return { address: before, adds: true };
		const address = at(this.#builder.rows("dx", x.axis, x.stride));
		this.#every.set(x, address);
		return { address, adds: false };
	}

	/** Gives a share that is in memory already, at `source`: it is copied, or added to what is there. */
	give(x: Value, source: Address, stride: number, equation: string): void {
		const builder = this.#builder;
		if (!builder.wantsGradient(x)) return;
		const { address, adds } = this.into(x);
		const [from, to] = [
			{ address: source, stride },
			{ address, stride: x.stride, zeros: padded(x.size) - x.size },
		];
		if (adds) addRows(builder, x.axis, from, to, x.size, equation);
		else copyRows(builder, x.axis, from, to, x.size, equation);
	}

	/** Gives a share that is zero except at the sequences' ends. It is not copied unless another is there. */
	giveEnd(x: Value, end: EndGradient): void {
		const builder = this.#builder;
		if (!builder.wantsGradient(x)) return;
		const before = this.#ends.get(x);
		if (before === undefined) {
			this.#ends.set(x, end);
			return;
		}
		const { ends } = x.axis;
		const sum = { address: at(builder.rows("dx at the ends", ends, x.stride)), stride: x.stride };
		copyRows(builder, ends, before, sum, x.size, "dx[last] = dy");
		addRows(builder, ends, end, sum, x.size, "dx[last] += dy");
		this.#ends.set(x, sum);
	}

	/** What has come back to y, once every reader has given its share. */
	of(y: Value): Arrived {
		const [every, end] = [this.#every.get(y), this.#ends.get(y)];
		return { ...(every && { every }), ...(end && { end }) };
	}

	/** The whole gradient of y, as one row for every row of y. */
	everyRowOf(y: Value): Address {
		const builder = this.#builder;
		const { address, adds } = this.into(y);
		if (!adds) zeroRows(builder, y.axis, address, y.stride);
		const end = this.#ends.get(y);
		if (end === undefined) return address;
		let bytes = 0;
		for (const { size, reverse } of y.parts) {
			builder.call(
				"lastStepBackward",
				{
					...{ packing: y.axis.packing, reverse: +reverse, dy: at(end.address, bytes), lddy: end.stride },
					...{ columns: size, dx: at(address, bytes), lddx: y.stride },
				},
				{ equation: reverse ? "dx[0] += dy" : "dx[last] += dy", cost: valuesCost(y.axis.ends, size, 1) },
			);
			bytes += 4 * size;
		}
		this.#ends.delete(y);
		return address;
	}
}
