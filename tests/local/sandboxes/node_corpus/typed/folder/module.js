export const handler = async () => import.meta.url.endsWith("/typed/folder/module.js");
