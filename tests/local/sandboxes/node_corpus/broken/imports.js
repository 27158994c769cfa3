const missing = require("not-installed"); exports.handler = async () => missing;
