/** The order in which a recurrence visits the steps of a row: 0 to T-1, or reversed. Going back through time visits
 * them in the order of the opposite direction. */
export function timeOrder(T: number, reverse: boolean): number[] {
	const order = Array.from({ length: T }, (_, t) => t);
	return reverse ? order.reverse() : order;
}
