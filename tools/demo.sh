#!/bin/sh
# Run the sample applications' own tests, then the command line on a hand-written event.
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
