import missing from "not-installed"; export const handler = async () => missing;
