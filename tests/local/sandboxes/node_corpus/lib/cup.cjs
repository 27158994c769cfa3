exports.cup = "of tea";
exports.handler = async () => "cjs";
