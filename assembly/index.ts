export { product } from "./product";
