import { exp, log } from "../random/elementary.ts";

/** A base to a whole power, by squaring: the same bits on every JavaScript engine, which `**` need not give. */
export function power(base: number, exponent: number): number {
	let result = 1;
	for (let square = base; exponent > 0; exponent = Math.floor(exponent / 2)) {
		if (exponent % 2 === 1) result *= square;
		square *= square;
	}
	return result;
}

/** A positive base to any power, at most 8e307, with the same bits on every JavaScript engine. */
export function realPower(base: number, exponent: number): number {
	return exp(Math.min(exponent * log(base), 709));
}
