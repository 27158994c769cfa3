import { basename } from "node:path";
import { cup } from "./lib/cup.cjs";

const name = await Promise.resolve(basename(import.meta.url));

export const handler = async (event) => ({ name, cup, event });
export default { handler: async () => "the default's" , other: { one: async () => "default and nested" } };
