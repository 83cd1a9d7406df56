import { threefry4 } from "../../../assembly/random";

/** Words of four counters, written to `words`. */
export function threefryWords(key0: i32, key1: i32, counter0: i32, counter1: i32, words: usize): void {
	threefry4(key0, key1, counter0, counter1, words);
}
