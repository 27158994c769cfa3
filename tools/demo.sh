#!/bin/sh
# Run the sample applications' own tests, then the command line on a hand-written event, then a burst of requests on the
# local platform, whose report stays in build/demo/.
set -eu

cd "$(dirname "$0")/.."
for app in fixtures/apps/*/; do
    printf '\n== %s\n' "$app"
    if [ -f "${app}src/package.json" ]; then
        command -v npm >/dev/null || { echo "skipped: npm not found"; continue; }
        npm ci --prefix "${app}src" --silent --no-audit --no-fund --ignore-scripts
    fi
    (cd "$app" && pytest -p no:cacheprovider -p no:randomly -v --no-header)
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
say() {
    printf '\n$ %s\n' "$*"
    "$@"
}

printf '\n== an event as SQS sends it\n'
say pytest-serverless event new aws sqs fifo --set body=hello

printf '\n== a hand-written event, what is wrong with it, and the one that it meant\n'
printf '{"Records": [{"eventSource": "aws:sqs", "body": "hi", "md5OfBody": "?"}]}\n' >"$folder/order.json"
say pytest-serverless event check "$folder/order.json" || echo "(exit status $?)"
say pytest-serverless event fix "$folder/order.json" --write
say pytest-serverless event check "$folder/order.json"

printf '\n== this machine\n'
say pytest-serverless doctor

printf '\n== two bursts of requests on the local platform, and what they came to\n'
if [ -z "${LOCUST:-}" ]; then
    echo "skipped: Locust needs Python 3.11 or newer"
    exit
fi
rm -rf build/demo
mkdir -p build/demo
export LOAD_FUNCTION=Eager
# Its exit status is that of the thresholds, about which forty requests decide little: 4 says that it is inconclusive.
say "$LOCUST" -f loadtests/ --headless --only-summary --run-time 11 --logfile build/demo/burst.log \
    --serverless-local fixtures/apps/cold_start --serverless-local-arguments=--no-backends \
    --serverless-result build/demo/burst.json --serverless-html build/demo/burst.html Burst || echo "(exit status $?)"
say pytest-serverless load report build/demo/burst.json --output build/demo/burst.txt
ls build/demo/burst.*
