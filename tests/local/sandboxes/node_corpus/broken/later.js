setTimeout(() => { throw new Error("later, at the top"); }, 1); module.exports.handler = new Promise(() => {});
