await Promise.reject(new EvalError("awaited")); export const handler = 1;
