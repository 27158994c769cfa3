// ES modules are found in the folders of NODE_PATH too, as on Lambda since Node.js 18; Node itself looks beside the importing file alone.

import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folders = (process.env.NODE_PATH ?? "")
  .split(path.delimiter)
  .filter((folder) => path.basename(folder) === "node_modules" && fs.existsSync(folder));

// Ask Node to look there, if there is anything.
export function searchLayers() {
  if (folders.length === 0) return;
  if (module.registerHooks) module.registerHooks({ resolve: resolveAtOnce });
  else module.register?.(import.meta.url);
}

// Node calls this in a thread of its own, where it has no registerHooks.
export async function resolve(specifier, context, next) {
  for (const parentURL of candidates(specifier, context)) {
    try {
      return await next(specifier, { ...context, parentURL });
    } catch (error) {
      if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    }
  }
  return next(specifier, context);
}

function resolveAtOnce(specifier, context, next) {
  for (const parentURL of candidates(specifier, context)) {
    try {
      return next(specifier, { ...context, parentURL });
    } catch (error) {
      if (!["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"].includes(error.code)) throw error;
    }
  }
  return next(specifier, context);
}

// From where a specifier is looked up: the importing file, then beside the folders that have the package it names.
function candidates(specifier, context) {
  const name = /^(@[^/]+\/)?[^./:][^/:]*(?=\/|$)/.exec(specifier)?.[0];
  if (!name || module.builtinModules.includes(specifier)) return [];
  const found = folders.filter((folder) => fs.existsSync(path.join(folder, name)));
  return [context.parentURL, ...found.map((folder) => pathToFileURL(path.join(path.dirname(folder), "importer.mjs")).href)];
}
